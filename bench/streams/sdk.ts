// The stream of the `openai` SDK, read as its documentation shows.
import OpenAI from 'openai'

export function client(baseURL: string) {
  const sdk = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 })
  return async (messages: OpenAI.ChatCompletionMessageParam[], onText?: () => void): Promise<string> => {
    const stream = await sdk.chat.completions.create({ model: 'scripted-1', messages, stream: true, stream_options: { include_usage: true } })
    let answer = ''
    for await (const { choices } of stream) {
      const text = choices[0]?.delta.content
      if (!text) continue
      onText?.()
      answer += text
    }
    return answer
  }
}
