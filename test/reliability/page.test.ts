import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { tables } from './tables.ts'

// UPDATE=1 npx vitest run test/reliability/page.test.ts     writes the tables into docs/reliability.md

const path = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url))

/** The lines of the table below the comment `<!-- name -->`. */
function tableBelow(page: string, name: string): { readonly start: number; readonly end: number } {
  const comment = `<!-- ${name} -->\n\n`
  const at = page.indexOf(comment)
  if (at === -1) throw new Error(`Expected the comment <!-- ${name} --> in the page`)
  const start = at + comment.length
  const end = page.indexOf('\n\n', start)
  return { start, end: end === -1 ? page.length : end }
}

describe('docs/reliability.md', () => {
  it.each(Object.entries(tables()))('says what the tests prove: %s', (name, expected) => {
    const page = readFileSync(path, 'utf8')
    const { start, end } = tableBelow(page, name)
    if (process.env['UPDATE'] !== undefined) writeFileSync(path, page.slice(0, start) + expected + page.slice(end))
    else expect(page.slice(start, end).split('\n')).toEqual(expected.split('\n'))
  })
})
