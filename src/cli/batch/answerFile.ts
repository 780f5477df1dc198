import { hash } from 'node:crypto'
import { join } from 'node:path'

/** A name for the answer to this question that every file system takes, and no other question has. */
export function answerFile(folder: string, id: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,99}$/.test(id)) return join(folder, `${id}.md`)
  const readable = id.toLowerCase().replace(/[^a-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60)
  // Two ids may look alike once they are cleaned.
  return join(folder, `${readable === '' ? 'answer' : readable}-${hash('sha256', id).slice(0, 8)}.md`)
}
