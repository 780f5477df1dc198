import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'

/** One answer as a text; `onText`, if any, at each piece. */
export function aiSdk(baseURL) {
  const model = createOpenAICompatible({ name: 'scripted', baseURL, apiKey: 'none', includeUsage: true })('scripted-1')
  return async ([{ content: instructions }, ...messages], onText) => {
    let answer = ''
    for await (const text of streamText({ model, instructions, messages, maxRetries: 0 }).textStream) {
      onText?.()
      answer += text
    }
    return answer
  }
}
