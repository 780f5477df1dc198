import { InputError, InvalidOptionError, OverflowError, ProviderError, RagError, SinkError } from '../errors.ts'

/** 0 done, 1 failed, 2 usage or bad input, 3 budget reached, 4 some items failed; 130 Ctrl-C, 143 SIGTERM, 129 the terminal was closed. */
export const exitCodes = { done: 0, failed: 1, badInput: 2, budgetReached: 3, someFailed: 4, hungUp: 129, interrupted: 130, terminated: 143 } as const

/** Ends a command early with an exit code and nothing more to say. */
export class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/** What is printed for an error, one line, and the exit code. A closed pipe is no error: its reader had enough. */
export function explain(error: unknown): { code: number; line?: string } {
  const cause = error instanceof SinkError ? error.cause : error
  if (cause instanceof Exit) return { code: cause.code }
  if (cause instanceof RagError && cause.code === 'closed-pipe') return { code: exitCodes.done }
  if (cause instanceof InputError || cause instanceof InvalidOptionError || (cause instanceof RagError && cause.code === 'question-too-long')) return { code: exitCodes.badInput, line: oneLine(cause.message) }
  if (cause instanceof ProviderError) return { code: exitCodes.failed, line: oneLine(cause.message + laterText(cause)) }
  if (cause instanceof OverflowError || cause instanceof RagError) return { code: exitCodes.failed, line: oneLine(cause.message) }
  const message = cause instanceof Error ? cause.message : String(cause)
  return { code: exitCodes.failed, line: oneLine(`${message} (unexpected; RIFFLE_DEBUG=1 shows where)`) }
}

/** A wait that is worth it was waited for already. */
function laterText({ retryAfterMs = 0 }: ProviderError): string {
  return retryAfterMs > 60_000 ? ` (it asks to try again in ${Math.ceil(retryAfterMs / 60_000)} minutes)` : ''
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
