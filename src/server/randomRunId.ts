import { randomUUID } from 'node:crypto'

/** 32 hexadecimal digits that cannot be guessed: who knows it may watch and stop the run. */
export function randomRunId(): string {
  return randomUUID().replaceAll('-', '')
}
