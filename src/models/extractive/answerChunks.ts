import { RagError } from '../../errors.ts'
import { mark } from '../../internal/mark.ts'
import { utf8Length } from '../../internal/utf8Length.ts'
import type { Chunk, FinishReason } from '../../types/chunk.ts'
import type { CompletionRequest } from '../../types/completion.ts'
import { cutIntoPieces } from './cutIntoPieces.ts'
import { bytesPerToken } from './estimateTokens.ts'
import { writeAnswer } from './writeAnswer.ts'

/** Pieces sent before the event loop has its turn. */
const piecesPerTurn = 16

/**
 * The answer as a model's stream: marks, text a few words at a time, a citation behind each marker, `finish`.
 *
 * @param onText Told the bytes of each text chunk before it is sent.
 */
export async function* answerChunks(
  request: CompletionRequest,
  onText: (bytes: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const { query, attempt = 1, gate, streaming = true, maxOutputTokens = Infinity } = request
  const { passages } = query ?? {}
  if (query === undefined || passages === undefined) {
    throw new RagError('no-passages', 'Expected a query with passages to quote: put retrieve() before generateAnswer()')
  }
  let bytesLeft = maxOutputTokens * bytesPerToken
  let offset = 0
  let turn = 0
  let reason: FinishReason = 'stop'
  answer: for (const piece of writeAnswer(query)) {
    const content = piece.type === 'text' ? piece.text : `[${piece.passage + 1}]`
    const start = offset
    for (const text of streaming ? cutIntoPieces(content) : [content]) {
      const bytes = utf8Length(text)
      if (bytes > bytesLeft) {
        reason = 'length'
        break answer
      }
      if (++turn % piecesPerTurn === 0) await nextTurn()
      if (gate?.held) await gate.opened(signal)
      if (offset === 0) yield* [mark('any1', attempt), mark('visible1', attempt)]
      bytesLeft -= bytes
      offset += text.length
      onText(bytes)
      yield { type: 'text', text }
    }
    if (piece.type === 'citation') {
      const passageId = passages[piece.passage]?.id
      yield {
        type: 'citation', marker: piece.passage + 1, start, end: offset, quote: piece.quote, valid: passageId !== undefined,
        ...(passageId === undefined ? {} : { passageId }),
      }
    }
  }
  yield* [mark('last', attempt), mark('finished', attempt), { type: 'finish', reason }] satisfies Chunk[]
}

/** Lets sockets, timers and signals have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
