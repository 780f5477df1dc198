import { questionIn } from '../../simulator/answerText.ts'
import { readChatRequest } from '../../simulator/chatRequest.ts'

/** What the demo asks, and how many passages it gets. */
export const question = 'Connection lost: is the text so far lost, and is retrieval paid for twice?'
export const topK = 14

/** What the simulated model may say, and the words of a passage that each sentence stands on. */
export const sentences: readonly { readonly says: string; readonly because: string }[] = [
  {
    says: 'No: `continueAfterCut` goes on with an answer whose connection was lost, without saying anything twice',
    because: 'goes on with an answer whose connection was lost, without saying anything twice',
  },
  {
    says: "It asks again, and the unfinished text goes along as the model's own last message",
    because: "again, with the text so far as the model's own last message",
  },
  {
    says: 'Only the model is asked again: retrieval is neither done nor paid for twice',
    because: 'retrieval and embedding are neither done nor paid for twice',
  },
  {
    says: 'Without that the answer fails, because a stream that ends without `finish` was cut',
    because: 'A stream that ends without it was cut, and fails',
  },
]

/**
 * Stands for a language model that was sent this request: of its sentences it says those whose source is in a passage of the
 * prompt, each with the number of that passage. So what it says is true of what was retrieved, also when the documents change.
 */
export function scriptedAnswer(body: unknown): string {
  const prompt = questionIn(readChatRequest(body).messages)
  const passages = [...prompt.matchAll(/<(passage[-\d]*) number="(\d+)" from="[^"]*">\n(.*?)\n<\/\1>/gs)]
  const said = sentences.flatMap(({ says, because }) => {
    const source = passages.find(([, , , text = '']) => text.replace(/\s+/g, ' ').includes(because))
    return source === undefined ? [] : [`${says} [${source[2]}].`]
  })
  return said.join(' ') || 'The passages do not say.'
}
