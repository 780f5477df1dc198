import { RagError } from '../errors.ts'
import type { Chunk } from '../types/chunk.ts'
import { wholeCharacters } from './wholeCharacters.ts'

/**
 * The text of a chunk for one who cannot take text back; nothing for most chunks. Whole characters only, so that the pieces
 * can be encoded one by one. Make one per stream.
 *
 * @throws RagError `reset-refused`, when the answer starts again after text has been given.
 */
export function appendOnlyText(): (chunk: Chunk) => string {
  const whole = wholeCharacters()
  let hasText = false
  return (chunk) => {
    if (chunk.type === 'reset' && hasText) {
      throw new RagError('reset-refused', 'The answer starts again, but its first part is already written and cannot be taken back')
    }
    if (chunk.type !== 'text') return ''
    hasText = true
    return whole(chunk.text)
  }
}
