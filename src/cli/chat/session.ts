import { existsSync, readFileSync } from 'node:fs'
import { InputError } from '../../errors.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { replaceFile } from '../../internal/replaceFile.ts'
import type { ChatState, Turn } from '../../pipelines/chatMemory.ts'

const format = 'riffle-chat-1'

/** A conversation that was stored; undefined when there is none yet. */
export function readSession(path: string): ChatState | undefined {
  if (!existsSync(path)) return undefined
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new InputError(error instanceof SyntaxError ? `${path} is no stored conversation. Name another --session FILE.` : `Cannot read ${path}: ${describeFileError(error)}.`)
  }
  const { format: found, turns, summary } = (typeof value === 'object' && value !== null ? value : {}) as { format?: unknown; turns?: unknown; summary?: unknown }
  if (found !== format || !Array.isArray(turns) || !turns.every(isTurn)) throw new InputError(`${path} is no stored conversation. Name another --session FILE.`)
  return { turns, ...(isSummary(summary) && { summary }) }
}

/** After each turn, whole or not at all. */
export function writeSession(path: string, state: ChatState): Promise<void> {
  return replaceFile(path, async (file) => {
    await file.writeFile(`${JSON.stringify({ format, ...state }, null, 1)}\n`)
  })
}

function isTurn(value: unknown): value is Turn {
  const { question, answer } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Turn>
  return typeof question === 'string' && typeof answer === 'string'
}

function isSummary(value: unknown): value is NonNullable<ChatState['summary']> {
  const { text, turns } = (typeof value === 'object' && value !== null ? value : {}) as Partial<NonNullable<ChatState['summary']>>
  return typeof text === 'string' && typeof turns === 'number'
}

/** The conversation as Markdown. */
export function transcript({ turns }: ChatState): string {
  return turns.map(({ question, answer, ended }) => `## ${question}\n\n${answer.trim()}${ended === undefined ? '' : `\n\n*(${ended})*`}\n`).join('\n')
}
