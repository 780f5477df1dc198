import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type SimulatorOptions, startSimulator } from 'riffle-rx/simulator'
import type { Chunk } from 'riffle-rx'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const documents = 'examples/documents'

async function simulator(options: SimulatorOptions) {
  const started = await startSimulator(options)
  onTestFinished(() => started.close())
  return started
}

describe('riffle ask, offline', () => {
  it('quotes the file that answers, names it, and exits with 0', async () => {
    const { code, stdout, stderr } = await runRiffle(['ask', 'How do I limit mergeMap?', '--data', documents])

    expect(code).toBe(0)
    expect(stdout).toContain('`mergeMap` takes the number of inner subscriptions')
    expect(stdout).toContain('[1]')
    expect(stderr).toContain('Offline: no OPENAI_API_KEY')
    expect(stderr).toMatch(/\[1\] examples\/documents\/concurrency\.md:7 /)
    expect(stderr).toMatch(/first text after/)
  })

  it('says honestly that it found nothing, and exits with 0', async () => {
    const { code, stdout } = await runRiffle(['ask', 'What is the capital of Mongolia?', '--data', documents])

    expect(code).toBe(0)
    expect(stdout).toBe('Found nothing about this in 3 documents (keyword search; rephrase, or use a model)\n')
  })

  it('gives an outline of one short text that names both of its topics', async () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'notes.txt'),
      'Asynchronous programming lets a program start slow work and go on with other work until it is done. ' +
        'In Python, asyncio runs many tasks in one thread.\n\n' +
        'Language models are used more and more in data analysis. They write queries, explain tables and summarise findings.\n',
    )

    const { code, stdout } = await runRiffle(['ask', 'What are the main topics discussed in the documents?', '--data', folder])

    expect(code).toBe(0)
    expect(stdout.toLowerCase()).toContain('asynchronous programming')
    expect(stdout.toLowerCase()).toMatch(/language models/)
    expect(stdout.toLowerCase()).toMatch(/data analysis/)
  })

  it('reads the question from standard input for -, and takes words after -- as they are', async () => {
    const piped = await runRiffle(['ask', '-', '--data', documents], { input: 'How do I limit mergeMap?\n' })
    const dashed = await runRiffle(['ask', `--data=${documents}`, '--', '--limit mergeMap'])

    expect([piped.code, dashed.code]).toEqual([0, 0])
    expect(piped.stdout).toContain('takes the number of inner subscriptions')
    expect(dashed.stdout).toContain('takes the number of inner subscriptions')
  })

  it('keeps the index in the cache, and with --no-cache leaves no trace', async () => {
    const kept = temporaryFolder()
    const clean = temporaryFolder()

    await runRiffle(['ask', 'mergeMap', '--data', documents], { env: { HOME: kept } })
    const second = await runRiffle(['ask', 'mergeMap', '--data', documents], { env: { HOME: kept } })
    await runRiffle(['ask', 'mergeMap', '--data', documents, '--no-cache'], { env: { HOME: clean } })

    expect(readdirSync(join(kept, '.cache/riffle')).filter((name) => name.endsWith('.sqlite'))).toHaveLength(1)
    expect(second.stderr).not.toContain('Indexed')
    expect(readdirSync(clean)).toEqual([])
  })

  it('sees a changed, a new and a removed file', async () => {
    const home = temporaryFolder()
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.txt'), 'The heron waits in the shallow water for a long time.')
    writeFileSync(join(folder, 'b.txt'), 'The kingfisher dives from a branch above the river.')
    const ask = (question: string) => runRiffle(['ask', question, '--data', folder], { env: { HOME: home } })

    expect((await ask('Where does the kingfisher dive from?')).stdout).toContain('from a branch')
    writeFileSync(join(folder, 'b.txt'), 'The otter sleeps in a hollow under the roots.')
    writeFileSync(join(folder, 'c.txt'), 'The dipper walks along the bottom of the stream.')

    expect((await ask('Where does the kingfisher dive from?')).stdout).toContain('Found nothing about this in 3 documents')
    expect((await ask('Where does the otter sleep?')).stdout).toContain('hollow under the roots')
    expect((await ask('Where does the dipper walk?')).stdout).toContain('bottom of the stream')
  })
})

describe('riffle ask with a server', () => {
  const text = 'Give mergeMap a number as its second argument [1]. It is the concurrency.'

  it('streams exactly what the model says to standard output', async () => {
    const { url } = await simulator({ script: { text, tokensPerEvent: 1, usage: 'always' } })

    const { code, stdout, stderr } = await runRiffle(['ask', 'How do I limit mergeMap?', '--data', documents, '--base-url', url, '--model', 'm'])

    expect(code).toBe(0)
    expect(stdout).toBe(`${text}\n`)
    expect(stderr).toMatch(/\[1\] examples\/documents\/concurrency\.md/)
    expect(stderr).not.toContain('Offline')
  })

  it('gives the same with --no-stream', async () => {
    const { url, record } = await simulator({ script: { text } })

    const { stdout } = await runRiffle(['ask', 'How do I limit mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--no-stream'])

    expect(stdout).toBe(`${text}\n`)
    expect(record.requests[0]?.body).toMatchObject({ stream: false })
  })

  it('tees the answer into a file with --out', async () => {
    const { url } = await simulator({ script: { text } })
    const out = join(temporaryFolder(), 'answer.md')

    const { stdout } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--out', out])

    expect(stdout).toBe(`${text}\n`)
    expect(readFileSync(out, 'utf8')).toBe(text)
    expect(existsSync(`${out}.part`)).toBe(false)
  })

  it('prints chunks as lines with --format ndjson, finish last and usage before it', async () => {
    const { url } = await simulator({ script: { text } })

    const { stdout } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--format', 'ndjson'])

    const chunks = stdout.trim().split('\n').map((line) => JSON.parse(line) as Chunk)
    expect(chunks[0]?.type).toBe('sources')
    expect(chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : [])).join('')).toBe(text)
    expect(chunks.slice(-2).map(({ type }) => type)).toEqual(['usage', 'finish'])
  })

  it('stops on Ctrl-C: exit 130, the server sees its socket closed by the client, the part is kept', async () => {
    const { url, record } = await simulator({ script: { text: text.repeat(50), delayMs: 20 } })
    const out = join(temporaryFolder(), 'answer.md')

    let pressed = false
    const { code, stdout } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--out', out], {
      onOutput: (child, output) => {
        if (output.stdout.length > 40 && !pressed) pressed = child.kill('SIGINT')
      },
    })

    expect(code).toBe(130)
    expect(stdout.length).toBeLessThan(text.length * 50)
    await expect.poll(() => record.requests[0]?.end?.by).toBe('client')
    expect(stdout.trimEnd().startsWith(readFileSync(`${out}.part`, 'utf8').slice(0, 40))).toBe(true)
    expect(JSON.parse(readFileSync(`${out}.part.json`, 'utf8'))).toMatchObject({ status: 'stopped' })
    expect(existsSync(out)).toBe(false)
  })

  it('fails on a cut answer with one line and exit 1, and keeps the part that came', async () => {
    const { url } = await simulator({ script: { text, fault: { type: 'cut', afterEvents: 4 } } })
    const out = join(temporaryFolder(), 'answer.md')

    const { code, stderr } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--out', out, '--quiet'])

    expect(code).toBe(1)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).toMatch(/^riffle: .*(cut|without)/)
    expect(JSON.parse(readFileSync(`${out}.part.json`, 'utf8'))).toMatchObject({ status: 'failed', error: { code: 'truncated' } })
  })

  it('goes on after a cut when it is told that the model can', async () => {
    const text = 'Give mergeMap a number as its second argument, and it subscribes to no more than that.'
    const server = await simulator({
      script: ({ number, body }) => {
        const { messages } = body as { messages: readonly { role: string; content: string }[] }
        const last = messages.at(-1)
        const rest = last?.role === 'assistant' ? text.slice(last.content.length) : text
        return { text: rest, ...(number < 2 && { fault: { type: 'close', afterEvents: 4 } }) }
      },
    })

    const { code, stdout, stderr } = await runRiffle(['ask', 'limit?', '--data', documents, '--base-url', server.url, '--model', 'm', '--after-cut', 'continue'])

    expect({ code, stdout }).toEqual({ code: 0, stdout: `${text}\n` })
    expect(server.record.requests).toHaveLength(3)
    expect(stderr).not.toContain('broke off')
  })

  it('says what it is waiting for when it asks again, and when a service wants to be left alone', async () => {
    const busy = await simulator({ script: [{ fault: { type: 'status', status: 503, retryAfterMs: 1 } }, { text: 'Here.' }] })
    const again = await runRiffle(['ask', 'limit?', '--data', documents, '--base-url', busy.url, '--model', 'm'])
    const closed = await simulator({ script: { fault: { type: 'status', status: 429, retryAfterSeconds: 3600 } } })
    const refused = await runRiffle(['ask', 'limit?', '--data', documents, '--base-url', closed.url, '--model', 'm'])

    expect([again.code, again.stdout, again.stderr]).toEqual([0, 'Here.\n', expect.stringContaining('Simulated status 503; asking again.')])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('(it asks to try again in 60 minutes)')])
  })

  it('tries again when the server is busy at first, and counts no text twice', async () => {
    const { url, record } = await simulator({ script: [{ fault: { type: 'status', status: 503, headers: { 'retry-after-ms': '20' } } }, { text }] })

    const { code, stdout } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm'])

    expect(code).toBe(0)
    expect(stdout).toBe(`${text}\n`)
    expect(record.requests).toHaveLength(2)
  })

  it('gives up on a silent server after --timeout', async () => {
    const { url } = await simulator({ script: { text, fault: { type: 'stall', afterEvents: 3 } } })

    const { code, stderr } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--timeout', '0.3', '--quiet'])

    expect(code).toBe(1)
    expect(stderr).toContain('--timeout')
  })

  it('ends quietly when the reader of its output goes', async () => {
    const { url } = await simulator({ script: { text: text.repeat(5000) } })

    const { code, stderr } = await runRiffle(['ask', 'mergeMap?', '--data', documents, '--base-url', url, '--model', 'm', '--quiet'], {
      onOutput: (child, output) => {
        if (output.stdout.length > 40) child.stdout?.destroy()
      },
    })

    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})

describe('riffle ask, given something wrong', () => {
  const key = 'sk-secret-0123456789abcdef'
  const oneLine = (stderr: string) => {
    const lines = stderr.trim().split('\n').filter((line) => !line.startsWith('Offline:'))
    expect(lines).toHaveLength(1)
    expect(stderr).not.toContain(key)
    expect(stderr).not.toMatch(/\n\s+at /)
    return lines[0]
  }

  it.each([
    ['a missing folder', ['ask', 'x', '--data', 'no/such/folder'], 2, /no\/such\/folder/],
    ['no documents named', ['ask', 'x'], 2, /--data/],
    ['an unknown option', ['ask', 'x', '--data', documents, '--frobnicate'], 2, /frobnicate/],
    ['an unknown command', ['frobnicate'], 2, /frobnicate/],
    ['no command', [], 2, /ask/],
    ['a question behind a list', ['ask', '--data', documents, 'What is it?'], 2, /<question> before --data/],
    ['an empty question', ['ask', ' ', '--data', documents], 2, /empty/],
    ['a missing index', ['ask', 'x', '--index', 'no-such.sqlite'], 2, /riffle index/],
    ['a file that is no index', ['ask', 'x', '--index', 'package.json'], 2, /package\.json/],
    ['a bad number', ['ask', 'x', '--data', documents, '--top-k', 'many'], 2, /top-?k/i],
    ['a top-k of 0', ['ask', 'x', '--data', documents, '--top-k', '0'], 2, /--top-k/],
    ['a model without a server', ['ask', 'x', '--data', documents, '--model', 'gpt-4.1'], 2, /OPENAI_API_KEY/],
    ['a server without a model', ['ask', 'x', '--data', documents, '--base-url', 'http://127.0.0.1:9/v1'], 2, /--model/],
    ['a base URL that is none', ['ask', 'x', '--data', documents, '--base-url', 'nonsense', '--model', 'm'], 2, /http/],
    ['a server that is not there', ['ask', 'x', '--data', documents, '--base-url', 'http://127.0.0.1:9/v1', '--model', 'm', '--quiet'], 1, /127\.0\.0\.1:9/],
  ])('names %s in one line', async (_, args, expected, message) => {
    const { code, stderr, stdout } = await runRiffle([...args, ...(args[0] === 'ask' ? ['--quiet'] : [])], { env: { } })

    expect(oneLine(stderr)).toMatch(message)
    expect(code).toBe(expected)
    expect(stdout).toBe('')
  })

  it('does not print a password or a key that stands in an address', async () => {
    const { stderr } = await runRiffle(['ask', 'x', '--data', documents, '--base-url', `http://user:${key}@127.0.0.1:1/v1?api-key=${key}`])
    expect(oneLine(stderr)).toMatch(/--model/)
  })

  it.runIf(existsSync('/dev/full'))('fails when its output cannot be written', async () => {
    for (const args of [['ask', 'mergeMap', '--data', documents], ['search', 'mergeMap', '--data', documents], ['tokens', 'README.md']]) {
      const { code, stderr } = await runRiffle(args, { stdoutTo: '/dev/full' })
      expect(stderr).toContain('the disk is full')
      expect(code).toBe(1)
    }
  })

  it('names an empty folder', async () => {
    const folder = temporaryFolder()
    const { code, stderr } = await runRiffle(['ask', 'x', '--data', folder])
    expect(oneLine(stderr)).toContain(folder)
    expect(code).toBe(2)
  })

  it('says what to do about a wrong key, and does not print it', async () => {
    const { url } = await simulator({ requireKey: 'another' })
    const { code, stderr } = await runRiffle(['ask', 'x', '--data', documents, '--base-url', url, '--model', 'm', '--quiet'], {
      env: { OPENAI_API_KEY: key },
    })
    expect(oneLine(stderr)).toMatch(/key/)
    expect(code).toBe(1)
  })

  it('names a model that the server does not have', async () => {
    const { url } = await simulator({ models: ['other'] })
    const { code, stderr } = await runRiffle(['ask', 'x', '--data', documents, '--base-url', url, '--model', 'absent', '--quiet'])
    expect(oneLine(stderr)).toMatch(/absent/)
    expect(code).toBe(1)
  })

  it('refuses an index that another embedder made', async () => {
    const index = join(temporaryFolder(), 'a.sqlite')
    expect((await runRiffle(['index', '--data', documents, '--index', index, '--embedding-model', 'hashed'])).code).toBe(0)

    const { code, stderr } = await runRiffle(['index', '--data', documents, '--index', index])

    expect(oneLine(stderr)).toMatch(/hashed-384/)
    expect(code).toBe(2)
  })

  it('reports an unreadable file and answers from the rest', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'good.txt'), 'The lighthouse was built in 1827 on the northern cliff.')
    writeFileSync(join(folder, 'bad.pdf'), '%PDF-1.7 and then nothing of the kind')
    mkdirSync(join(folder, 'sub'))

    const { code, stdout, stderr } = await runRiffle(['ask', 'When was the lighthouse built?', '--data', folder])

    expect(code).toBe(0)
    expect(stdout).toContain('1827')
    expect(stderr).toMatch(/skipped: .*bad\.pdf/)
  })
})
