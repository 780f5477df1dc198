/** The body of an event stream with so much text: events of 1 KiB of text each, then a finish reason and `[DONE]`. */
export interface BigAnswer {
  readonly body: Uint8Array
  /** Characters of its text. */
  readonly characters: number
  /** Bytes on the wire for each character of text. */
  readonly bytesPerCharacter: number
}

export function bigAnswer(mebibytes: number): BigAnswer {
  const words = 'riffles. '.repeat(114).slice(0, 1024)
  const event = Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":${JSON.stringify(words)}},"finish_reason":null}]}\n\n`)
  const end = Buffer.from('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  const count = mebibytes * 1024
  return {
    body: Buffer.concat([Buffer.alloc(count * event.length, event), end]),
    characters: count * words.length,
    bytesPerCharacter: event.length / words.length,
  }
}
