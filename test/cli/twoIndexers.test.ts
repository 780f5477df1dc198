import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

function contents(index: string) {
  const database = new DatabaseSync(index)
  const rows = database.prepare('SELECT d.id, d.fingerprint, p.place, CAST(p.text AS TEXT) AS text FROM documents d JOIN passages p ON p.document = d.number ORDER BY d.id, p.place').all()
  const integrity = database.prepare('PRAGMA integrity_check').get()?.['integrity_check']
  database.close()
  return { rows, integrity }
}

describe('two of riffle index at once on one index', () => {
  it('both end well with the result of one, or one says that another is writing', async () => {
    const data = temporaryFolder()
    for (let number = 0; number < 150; number++) writeFileSync(join(data, `${number}.txt`), `Report ${number}. The measured value was ${number * 17}. `.repeat(40))
    const folder = temporaryFolder()
    const index = (name: string) => ['index', '--data', data, '--index', join(folder, name), '--embedding-model', 'hashed']

    const runs = await Promise.all([runRiffle(index('shared.sqlite')), runRiffle(index('shared.sqlite'))])
    await runRiffle(index('alone.sqlite'))

    for (const { code, stderr } of runs) {
      if (code !== 0) expect(stderr).toMatch(/^riffle: Cannot (write to|open) the index .*: another process has locked it\..*\n$/)
    }
    expect(runs.map(({ code }) => code)).toContain(0)
    expect(contents(join(folder, 'shared.sqlite'))).toEqual(contents(join(folder, 'alone.sqlite')))
    expect(contents(join(folder, 'shared.sqlite'))).toMatchObject({ integrity: 'ok' })
  })
})
