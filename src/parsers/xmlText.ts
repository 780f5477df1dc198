/** The text of the first element of that name; empty when there is none. */
export async function xmlText(bytes: Uint8Array | undefined, element: string): Promise<string> {
  if (bytes === undefined) return ''
  const { Parser } = await import('htmlparser2')
  let text = ''
  let state: 'before' | 'inside' | 'behind' = 'before'
  const parser = new Parser(
    {
      onopentagname(tag) {
        if (tag === element && state === 'before') state = 'inside'
      },
      ontext(piece) {
        if (state === 'inside' && text.length < 1000) text += piece
      },
      onclosetag(tag) {
        if (tag === element && state === 'inside') state = 'behind'
      },
    },
    { xmlMode: true },
  )
  parser.end(new TextDecoder().decode(bytes.subarray(0, 256 * 1024)))
  return text.replace(/\s+/g, ' ').trim().slice(0, 300)
}
