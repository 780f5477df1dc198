import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator/startSimulator.ts'
import { pasteFilter } from '../../src/cli/chat/pasteFilter.ts'
import { hasTerminal } from '../support/onTerminal.ts'
import { command, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

const data = join(import.meta.dirname, '../../examples/documents')

describe('riffle chat, from a pipe', () => {
  it('answers a question a line, finds a follow-up by what it is about, and leaves at quit', async () => {
    const { code, stdout, stderr } = await runRiffle(['chat', '--data', data, '--no-cache'], { input: 'How many grams of coffee for a litre of water?\nand how hot is it?\n/tokens\nquit\nnever asked\n' })
    expect(code).toBe(0)
    expect(stdout.match(/Quotations from your files/g)).toHaveLength(2)
    expect(stdout).not.toContain('never asked')
    expect(stderr).toMatch(/\d+ tokens in, \d+ out/)
  })

  it('keeps the conversation in a file, goes on with it, and saves it as Markdown', async () => {
    const session = join(temporaryFolder(), 'talk.json')
    const saved = join(temporaryFolder(), 'talk.md')
    const args = ['chat', '--data', data, '--no-cache', '--session', session]
    await runRiffle(args, { input: 'How many grams of coffee for a litre of water?\n' })
    await runRiffle(args, { input: `and how hot is it?\n/retry\n/save ${saved}\n/sources\n` })
    const { turns } = JSON.parse(readFileSync(session, 'utf8')) as { turns: { question: string }[] }
    expect(turns.map(({ question }) => question)).toEqual(['How many grams of coffee for a litre of water?', 'and how hot is it?'])
    expect(readFileSync(saved, 'utf8')).toMatch(/^## How many grams of coffee for a litre of water\?\n\n[\s\S]+\n## and how hot is it\?/)
  })

  it.each([
    ['no stored conversation', '{"turns": [1]}', /talk\.json is no stored conversation/],
    ['no JSON', 'hello', /talk\.json is no stored conversation/],
  ])('refuses a session file that is %s, and leaves it as it is', async (_, content, message) => {
    const session = join(temporaryFolder(), 'talk.json')
    writeFileSync(session, content)
    const { code, stderr } = await runRiffle(['chat', '--data', data, '--no-cache', '--session', session], { input: 'a?\n' })
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(readFileSync(session, 'utf8')).toBe(content)
  })

  it('says what failed in a line, goes on with the next question, and ends with 4', async () => {
    const simulator = await startSimulator({ script: [{ fault: { type: 'status', status: 400 } }, { text: 'Fine.' }] })
    const { code, stdout, stderr } = await runRiffle(['chat', '--data', data, '--no-cache', '--base-url', simulator.url, '--model', 'simulated'], { input: 'What is filter coffee?\nWhat is mergeMap for?\n' })
    await simulator.close()
    expect(stdout).toBe('Fine.\n')
    expect(stderr).toMatch(/^riffle: .*400/m)
    expect(code).toBe(4)
  })
})

describe.skipIf(!hasTerminal)('riffle chat, on a terminal', () => {
  let simulator: Simulator
  beforeAll(async () => {
    simulator = await startSimulator({ script: { tokens: 400, delayMs: 20 } })
  })
  afterAll(() => simulator.close())

  it('stops an answer at Ctrl-C, goes on, remembers what came, and leaves at the second Ctrl-C', async () => {
    const session = join(temporaryFolder(), 'talk.json')
    const line = [process.execPath, command, 'chat', '--data', data, '--no-cache', '--base-url', simulator.url, '--model', 'simulated', '--session', session].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qec', `stty cols 80; ${line}`, '/dev/null'], { env: { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder(), TERM: 'xterm-256color', SHELL: '/bin/sh' } })
    let screen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
    const sees = (what: RegExp) => vi.waitFor(() => expect(screen).toMatch(what), { timeout: 20_000 })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    await sees(/Ask, or \/help\.[\s\S]*> /)
    child.stdin.write('What is a warranty?\r')
    await sees(/stones/)
    child.stdin.write('\x03')
    await sees(/stopped[\s\S]*> /)
    screen = ''
    child.stdin.write('\x1b[200~What is\na kettle?\x1b[201~\r')
    await sees(/What is⏎a kettle\?[\s\S]*stones/)
    child.stdin.write('\x03')
    await sees(/stopped[\s\S]*> /)
    screen = ''
    child.stdin.write('\x03')
    await sees(/Ctrl-C again leaves/)
    child.stdin.write('\x03')
    expect(await ended).toBe(130)
    const { turns } = JSON.parse(readFileSync(session, 'utf8')) as { turns: { question: string; answer: string; ended?: string }[] }
    expect(turns.map(({ question, ended: how }) => [question, how])).toEqual([['What is a warranty?', 'stopped'], ['What is\na kettle?', 'stopped']])
    expect(turns[0]!.answer).toContain('stones')
  })
})

describe('pasteFilter', () => {
  it('takes the line ends of what is pasted for signs, wherever the keystrokes are cut', async () => {
    const typed = 'a\r\x1b[200~one\r\ntwo\nthree\x1b[201~ b\r\x1b[A\x1b'
    for (let cut = 0; cut <= typed.length; cut++) {
      // A lone Escape is a key, and cannot wait for what may follow.
      if (typed[cut - 1] === '\x1b') continue
      const filter = pasteFilter()
      let out = ''
      filter.setEncoding('utf8').on('data', (text: string) => (out += text))
      filter.write(typed.slice(0, cut))
      filter.end(typed.slice(cut))
      await new Promise((resolve) => filter.on('end', resolve))
      expect(out.replace('one⏎⏎two', 'one⏎two')).toBe('a\rone⏎two⏎three b\r\x1b[A\x1b')
    }
  })
})
