import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { sentences } from '../../src/cli/demo/scriptedAnswer.ts'
import { loadedBy } from '../support/loadedBy.ts'
import { hasTerminal, onTerminal } from '../support/onTerminal.ts'
import { buildCommand, command, runRiffle, temporaryFolder } from '../support/runRiffle.ts'
import { screenOf } from '../support/screenOf.ts'

beforeAll(buildCommand)

const hideCursor = '\x1b[?25l'
const showCursor = '\x1b[?25h'

/** The lines of the answer, before and after the break, each part as the text it was. */
function answerIn(lines: readonly string[]): { readonly before: string; readonly after: string } {
  const broken = lines.findIndex((line) => line.startsWith('   ╳ '))
  const said = (part: readonly string[]) => part.filter((line) => line.startsWith('   │ ')).map((line) => line.slice(5)).join(' ')
  return { before: said(lines.slice(0, broken)), after: said(lines.slice(broken)) }
}

function expectTheShow(lines: readonly string[]): void {
  const shown = lines.join('\n')
  const inOrder = ['Riffle in 20 seconds', '1  An answer', 'simulated', '   ╳ The connection to', '   ↻ asking again', 'README.md:', 'request 1', 'request 2', '2  The same', '3  Your turn']
  const places = inOrder.map((words) => shown.indexOf(words))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(places).not.toContain(-1)

  const { before, after } = answerIn(lines)
  expect((before + after).replace(/ \[\d+\]/g, '')).toBe(sentences.map(({ says }) => `${says}.`).join(' '))
  expect(before).toMatch(/\p{L}$/u)
  expect(after).toMatch(/^\p{L}/u)
  expect(shown).toMatch(/request 1 {2}\d+ events, then a reset by the server/)
  expect(shown.replace(/\s+/g, ' ')).toContain(`brought ${before.length} characters back`)
  expect(shown.replace(/\s+/g, ' ')).toContain(`${before.length + after.length} characters, compared with the uncut answer: equal`)

  const figures = [...shown.matchAll(/^ {3}(streaming|all at once) +first words \d+\.\d\d s {3}whole answer \d+\.\d\d s\n {3}·*█+$/gm)]
  expect(figures.map(([, name]) => name)).toEqual(['streaming', 'all at once'])
  const solid = figures.map(([bar]) => bar.split('█').length)
  expect(solid[0]).toBeGreaterThan(solid[1] ?? 0)
  expect(shown).toContain("continueAfterCut(openai({ model: 'qwen3', baseUrl }))")
  expect(shown).toContain('src/policies/continueAfterCut.ts')
}

describe('riffle demo in a pipe', () => {
  it('shows it all in plain lines of at most 80 columns, from any folder, and writes nothing there', async () => {
    const folder = temporaryFolder()
    const { code, stdout, stderr } = await runRiffle(['demo', '--fast'], { cwd: folder, env: { TERM: 'xterm-256color' } })

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
    expectTheShow(stdout.split('\n'))
    expect(readdirSync(folder)).toEqual([])
  })

  it('ends without a word when its reader has gone', async () => {
    const { code, stderr } = await runRiffle(['demo', '--fast'], { onOutput: (child) => child.stdout?.destroy() })

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })
})

// Skipped where util-linux's `script` is missing.
describe.skipIf(!hasTerminal)('riffle demo on a terminal', () => {
  it('draws the bars over themselves, and leaves the same lines as in a pipe', async () => {
    const bytes = await onTerminal(['demo', '--fast'])

    expect(bytes.split('\x1b[5A').length).toBeGreaterThan(3)
    expect(bytes.lastIndexOf(showCursor)).toBeGreaterThan(bytes.lastIndexOf(hideCursor))
    expectTheShow(screenOf(bytes, 80))
  })

  it('draws nothing over and colours nothing with NO_COLOR', async () => {
    const bytes = await onTerminal(['demo', '--fast'], { NO_COLOR: '1' })

    expect(bytes).not.toContain('\x1b')
    expectTheShow(bytes.split('\r\n'))
  })

  it('keeps its lines within the terminal, and within 80 columns', async () => {
    const [narrow, wide] = await Promise.all([60, 200].map((columns) => onTerminal(['demo', '--fast'], {}, '', columns)))

    for (const [bytes = '', columns] of [[narrow, 60], [wide, 80]] as const) {
      const lines = screenOf(bytes, 1000)
      expect(lines.filter(({ length }) => length >= columns)).toEqual([])
      expect(lines).toContain('3  Your turn')
    }
  })

  it('leaves each figure once where their lines are wider than the terminal', async () => {
    const shown = screenOf(await onTerminal(['demo', '--fast'], {}, '', 40), 40).join('\n')

    expect(shown.match(/first words/g)).toHaveLength(2)
  })

  it('ends at Ctrl-C wherever it is, with the cursor shown and exit code 130', async () => {
    const moments = ['1  An answer', '│', 'asking again', hideCursor]
    const ends = await Promise.all(moments.map(pressAt))

    expect(ends.map(({ code }) => code)).toEqual(moments.map(() => 130))
    for (const { bytes } of ends) {
      expect(bytes.lastIndexOf(showCursor)).toBeGreaterThanOrEqual(bytes.lastIndexOf(hideCursor))
      expect(bytes).toMatch(/\n$/)
      expect(bytes).not.toContain('3  Your turn')
    }
    expect(ends[0]?.bytes).not.toContain('│')
    expect(ends[2]?.bytes).not.toContain('request 1')
  })
})

describe('the rest of the command', () => {
  it.each([[['--version']], [['ask', 'How do I limit mergeMap?', '--data', 'examples/documents']]])('loads nothing of the demo for %j', async (args) => {
    const { code, bundled } = await loadedBy(args, {})

    expect(code).toBe(0)
    expect(bundled.filter((path) => /src\/(cli\/demo|cli\/commands\/demo|simulator)/.test(path))).toEqual([])
  })
})

/** Runs the demo at its own pace on a terminal, and presses Ctrl-C once `when` has been shown. */
function pressAt(when: string): Promise<{ readonly code: number | null; readonly bytes: string }> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder(), TERM: 'xterm-256color', SHELL: '/bin/sh' }
  const child = spawn('script', ['-qec', `exec '${process.execPath}' '${command}' demo`, '/dev/null'], { env })
  let bytes = ''
  let isPressed = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    bytes += text
    if (isPressed || !bytes.includes(when)) return
    isPressed = true
    child.stdin.write('\x03')
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, bytes }))
  })
}
