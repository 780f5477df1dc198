import { execFile } from 'node:child_process'
import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { readExampleHeader, withPrints } from './support/exampleHeader.ts'
import { buildCommand, temporaryFolder } from './support/runRiffle.ts'

// UPDATE=1 npx vitest run test/examples.test.ts     writes what they print into their headers

const folder = fileURLToPath(new URL('../examples', import.meta.url))
const names = readdirSync(folder).filter((name) => name.endsWith('.ts'))

/** What an example is about, beside our own packages; all are development dependencies. */
const guests: Readonly<Record<string, readonly string[]>> = {
  'event-source.ts': ['eventsource'],
  'express.ts': ['express'],
  'hono.ts': ['hono', '@hono/node-server'],
  'use-chat.ts': ['ai'],
}

beforeAll(buildCommand)

/** Runs the command of the header as a reader would, in a folder where `examples` is to be seen and files may be written. */
async function run(command: string): Promise<string> {
  const cwd = temporaryFolder()
  symlinkSync(folder, join(cwd, 'examples'))
  const env = { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter), HOME: cwd }
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', command], { cwd, env })
  expect(stderr).toBe('')
  return stdout
}

describe.each(names)('examples/%s', (name) => {
  const path = join(folder, name)
  const source = readFileSync(path, 'utf8')

  it('prints what its header says', async () => {
    const { command, prints, ordered } = readExampleHeader(source)
    const printed = await run(command)
    if (process.env['UPDATE'] !== undefined) writeFileSync(path, withPrints(source, printed))
    else if (ordered) expect(printed).toBe(prints)
    else expect(printed.split('\n').toSorted()).toEqual(prints.split('\n').toSorted())
    expect(printed.trim()).not.toBe('')
  })

  it('is named in its own command and is under 60 lines', () => {
    expect(readExampleHeader(source).command).toContain(`examples/${name}`)
    expect(source.split('\n').length).toBeLessThan(60)
  })

  it('imports package names only', () => {
    const imported = [...source.matchAll(/from '([^']+)'/g)].map(([, specifier = '']) => specifier)
    const foreign = imported.filter((specifier) => !/^(rxjs|riffle-rx|node:)/.test(specifier))
    expect(foreign.toSorted()).toEqual((guests[name] ?? []).toSorted())
  })
})

describe.each(['express.ts', 'hono.ts'])('examples/%s', (name) => {
  it('mounts the handler, with an operator of one’s own, in at most 15 lines', () => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n').filter((line) => line.trim() !== '' && !/^\s*(\/\/|import )/.test(line))
    expect(lines.length).toBeLessThanOrEqual(15)
  })
})
