import { lstatSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { putInOrder } from '../../../src/cli/batch/inOrder.ts'
import { temporaryFolder } from '../../support/runRiffle.ts'

async function* of(ids: readonly string[]) {
  yield* ids
}

describe('putInOrder', () => {
  it('gives the rows in the order of the ids, and others behind them as they stood', async () => {
    const row = fc.record({ id: fc.string({ minLength: 1, maxLength: 2 }), text: fc.string({ unit: 'binary', maxLength: 40 }) })
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 30 }), fc.array(fc.string({ maxLength: 2 })), fc.nat(), async (rows, more, pick) => {
        const path = join(temporaryFolder(), 'rows.jsonl')
        writeFileSync(path, rows.map((one) => `${JSON.stringify(one)}\n`).join(''))
        const ids = [...rows.filter((_, index) => (index + pick) % 3 > 0).map(({ id }) => id).toReversed(), ...more]
        await putInOrder(path, of(ids), ({ id }) => id)

        const asked = [...new Set(ids)].flatMap((id) => rows.find((one) => one.id === id) ?? [])
        const expected = [...asked, ...rows.filter((one) => !asked.includes(one))]
        expect(readFileSync(path, 'utf8')).toBe(expected.map((one) => `${JSON.stringify(one)}\n`).join(''))
      }),
      { numRuns: 40 },
    )
  })

  it('leaves a link a link, and its file to those who could read it', async () => {
    const folder = temporaryFolder()
    const [path, link] = [join(folder, 'rows.jsonl'), join(folder, 'link.jsonl')]
    writeFileSync(path, '{"id":"a"}\n{"id":"b"}\n', { mode: 0o600 })
    symlinkSync(path, link)
    await putInOrder(link, of(['b', 'a']), ({ id }) => id)

    expect(readFileSync(path, 'utf8')).toBe('{"id":"b"}\n{"id":"a"}\n')
    expect([lstatSync(link).isSymbolicLink(), statSync(path).mode & 0o777]).toEqual([true, 0o600])
  })

  it('takes rows longer than a block, and leaves nothing beside the file', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'rows.jsonl')
    const rows = ['a', 'b', 'c'].map((id) => JSON.stringify({ id, text: id.repeat(700_000) }))
    writeFileSync(path, rows.map((row) => `${row}\n`).join(''))
    await putInOrder(path, of(['c', 'a', 'b']), ({ id }) => id)

    expect(readFileSync(path, 'utf8')).toBe([rows[2], rows[0], rows[1]].map((row) => `${row}\n`).join(''))
    expect(readdirSync(folder)).toEqual(['rows.jsonl'])
  })
})
