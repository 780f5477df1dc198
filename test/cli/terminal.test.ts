import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { startSimulator } from 'riffle-rx/simulator'
import { hasTerminal, onTerminal } from '../support/onTerminal.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const escape = '\x1b'
const ask = ['ask', 'How do I limit mergeMap?', '--data', 'examples/documents']
const filler = 'The kingfisher dives from a branch above the river and comes up with a fish.\n\n'.repeat(20)

/** Everything but what the command itself may send: grey, links, and erasing its progress. */
function withoutOwn(shown: string): string {
  return shown.replaceAll(/\x1b\[(2|22)m|\r?\x1b\[K|\x1b\]8;;[\x21-\x7e]*\x1b\\/g, '')
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(), 'notes')
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

// Skipped where util-linux's `script` is missing.
describe.skipIf(!hasTerminal)('riffle ask on a terminal', () => {
  it('shows the answer, its sources as links with path and line, and one line of statistics', async () => {
    const shown = await onTerminal(ask)

    expect(shown).toContain('`mergeMap` takes the number of inner subscriptions')
    expect(shown).toMatch(/\x1b\]8;;file:\/\/\/[\x21-\x7e]+concurrency\.md\x1b\\examples\/documents\/concurrency\.md:\d+\x1b\]8;;\x1b\\/)
    expect(shown).toMatch(/\x1b\[2m\s*\d+ passages? · first text after/)
    expect(withoutOwn(shown)).not.toContain(escape)
  })

  it('sends no control sequence that a document or its name holds', async () => {
    const sentence = `The heron ${escape}[2J${escape}]0;title\x07 waits \u009b31m in the \u202eshallow water.`
    const folder = folderOf({ [`heron${escape}[2J.md`]: `# Birds\n\n${sentence}\n\n${filler}` })

    for (const args of [['ask', 'Where does the heron wait?'], ['search', 'heron']]) {
      const shown = await onTerminal([...args, '--data', folder])

      expect(shown).toContain('␛[2J')
      expect(shown).toContain('shallow water')
      expect(withoutOwn(shown)).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]/)
    }
  })

  it('sends none that a model says, also when it is cut between two events', async () => {
    const { url, close } = await startSimulator({ script: { text: `Bold ${escape}[1m word ${escape}]0;title\x07 [1].`, sliceBytes: 3 } })
    const shown = await onTerminal([...ask, '--base-url', url, '--model', 'm'])
    await close()

    expect(shown).toContain('Bold ␛[1m word')
    expect(withoutOwn(shown)).not.toContain(escape)
  })

  it('draws progress on one line while it indexes, and erases it', async () => {
    const folder = folderOf(Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`${index}.md`, `# Report ${index}\n\n${filler}`])))

    const shown = await onTerminal(['index', '--data', folder, '--index', join(folder, '../notes.sqlite')])

    expect(shown).toMatch(/Indexing {2}[\d,]+(\/400)? files? {2}\d/)
    const drawn = shown.slice(0, shown.lastIndexOf('\r\x1b[K'))
    expect(drawn).not.toContain('\n')
    expect(shown.slice(drawn.length + '\r\x1b[K'.length)).toMatch(/^Indexed 400 documents \(.*\)/)
    expect(shown).toContain('notes.sqlite: 400 documents')
  })

  it('shows no progress with --quiet', async () => {
    const shown = await onTerminal([...ask, '--quiet'])
    expect(shown).not.toMatch(/Index|Sources|passage|Offline/)
    expect(shown).toContain('mergeMap')
  })

  it('honours NO_COLOR', async () => {
    const shown = await onTerminal(ask, { NO_COLOR: '1' })
    expect(shown).not.toMatch(/\x1b\[[\d;]*m/)
    expect(shown).toContain('first text after')
  })

  it('sends no links to a terminal that shows them as text', async () => {
    expect(await onTerminal(ask, { TERM: 'dumb' })).not.toContain(`${escape}]8`)
  })

  it('keeps standard output plain when that goes into a pipe and only the notes are on the terminal', async () => {
    const folder = temporaryFolder()
    await onTerminal(['search', 'mergeMap', '--data', 'examples/documents'], {}, `| cat > ${join(folder, 'out')}`)

    const piped = readFileSync(join(folder, 'out'), 'utf8')
    expect(piped).toContain('examples/documents/concurrency.md:')
    expect(piped).not.toContain(escape)
  })
})

describe('riffle ask in pipes', () => {
  it('sends no colour, no link and no progress', async () => {
    const folder = folderOf(Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${index}.md`, filler])))
    const { stdout, stderr } = await runRiffle(['ask', 'Where does the kingfisher dive from?', '--data', folder], { env: { TERM: 'xterm-256color' } })

    expect(stdout).toContain('from a branch')
    expect(stdout + stderr).not.toContain(escape)
    expect(stderr).not.toMatch(/Indexing|\r/)
    expect(stderr).toContain('Sources')
  })
})
