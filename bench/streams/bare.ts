// The least that a client can do: undici, a line parser, JSON.parse, a text that grows. No end is checked, no error understood.
import { Agent, request } from 'undici'

export function client(baseUrl: string) {
  const dispatcher = new Agent()
  return async (messages: readonly object[], onText?: () => void): Promise<string> => {
    const { body } = await request(`${baseUrl}/chat/completions`, {
      dispatcher, method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'scripted-1', messages, stream: true, stream_options: { include_usage: true } }),
    })
    const decoder = new TextDecoder()
    let rest = ''
    let answer = ''
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        if (!line.startsWith('data: ') || line === 'data: [DONE]') continue
        const text = (JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content
        if (!text) continue
        onText?.()
        answer += text
      }
    }
    return answer
  }
}
