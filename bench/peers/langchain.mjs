import { ChatOpenAI } from '@langchain/openai'

/** One answer as a text; `onText`, if any, at each piece. */
export function langchain(baseURL) {
  const model = new ChatOpenAI({ model: 'scripted-1', apiKey: 'none', maxRetries: 0, configuration: { baseURL } })
  return async (messages, onText) => {
    let answer = ''
    for await (const { text } of await model.stream(messages)) {
      if (text === '') continue
      onText?.()
      answer += text
    }
    return answer
  }
}
