import { existsSync, readFileSync } from 'node:fs'
import { InputError } from '../../errors.ts'
import { lockFile } from '../../internal/appendLog/lockFile.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { replaceFile } from '../../internal/replaceFile.ts'
import type { ChatState, Turn } from '../../pipelines/chatMemory.ts'

const format = 'riffle-chat-1'

/** The file of a conversation, of which this process is the only writer. */
export interface Session {
  /** What was stored; undefined when there is none yet. */
  readonly state: ChatState | undefined
  /** After each turn: whole or not at all. */
  write(state: ChatState): Promise<void>
}

/**
 * Opens it, or notes that it can be made, before anything is paid for.
 *
 * @throws InputError when another process writes it, when it is no conversation, or cannot be written.
 */
export async function openSession(path: string): Promise<Session> {
  const state = readSession(path)
  const unlock = await lockFile(path)
  process.once('exit', () => void unlock())
  return {
    state,
    write: (turns) =>
      replaceFile(path, async (file) => {
        await file.writeFile(`${JSON.stringify({ format, ...turns }, null, 1)}\n`)
      }),
  }
}

function readSession(path: string): ChatState | undefined {
  if (!existsSync(path)) return undefined
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new InputError(error instanceof SyntaxError ? `${path} is no stored conversation. Name another --session FILE.` : `Cannot read ${path}: ${describeFileError(error)}.`)
  }
  const { format: found, turns, summary } = (typeof value === 'object' && value !== null ? value : {}) as { format?: unknown; turns?: unknown; summary?: unknown }
  if (found !== format || !Array.isArray(turns) || !turns.every(isTurn)) throw new InputError(`${path} is no stored conversation. Name another --session FILE.`)
  return { turns, ...(isSummary(summary, turns.length) && { summary }) }
}

function isTurn(value: unknown): value is Turn {
  const { question, answer, ended } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Turn>
  return typeof question === 'string' && typeof answer === 'string' && (ended === undefined || ended === 'stopped' || ended === 'failed')
}

/** Of so many turns at most; another one is made anew. */
function isSummary(value: unknown, most: number): value is NonNullable<ChatState['summary']> {
  const { text, turns } = (typeof value === 'object' && value !== null ? value : {}) as Partial<NonNullable<ChatState['summary']>>
  return typeof text === 'string' && Number.isSafeInteger(turns) && turns! >= 0 && turns! <= most
}

/** The conversation as Markdown. */
export function transcript({ turns }: ChatState): string {
  return turns.map(({ question, answer, ended }) => `## ${question}\n\n${answer.trim()}${ended === undefined ? '' : `\n\n*(${ended})*`}\n`).join('\n')
}
