import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RunInfo } from '../../src/benchmark/run.ts'
import type { RunSummary } from '../../src/benchmark/summary.ts'
import { startSimulator, type SimulatorOptions } from '../../src/simulator/startSimulator.ts'
import { loadEnd, requestSample, runInfo } from '../support/benchRun.ts'
import { violations } from '../support/jsonSchema.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const bench = (...args: string[]) => runRiffle(['bench', ...args, '--quiet'])
const schema: unknown = JSON.parse(readFileSync(new URL('../../docs/bench.schema.json', import.meta.url), 'utf8'))
const summaryIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as RunSummary

async function server(options: SimulatorOptions = {}): Promise<string> {
  const simulator = await startSimulator(options)
  onTestFinished(() => simulator.close())
  return simulator.url
}

/** A run of so many requests whose times are these, in a file. */
function runFile(ttfts: readonly number[], info = runInfo(), failures = 0): string {
  const path = join(temporaryFolder(), 'requests.jsonl')
  const samples = ttfts.map((ttftMs, number) => requestSample({ ttftMs, waitMs: ttftMs + 1, ttfoMs: ttftMs + 1, latencyMs: ttftMs * 2, streamMs: ttftMs - 1 }, { number }))
  const failed = Array.from({ length: failures }, (_, number) => requestSample({}, { number: ttfts.length + number, error: { code: 'server-error', message: 'no' } }))
  writeFileSync(path, [info, ...samples, ...failed, loadEnd()].map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}
const spread = (from: number, count = 100) => Array.from({ length: count }, (_, index) => from * (0.9 + (0.2 * ((index * 37) % count)) / count))

describe('riffle bench', () => {
  it('starts a scripted server, measures it and writes the report, in one command', async () => {
    const out = join(temporaryFolder(), 'report')
    const { code, stdout, stderr } = await runRiffle(['bench', '--simulate=--first-delay 20 --delay 2 --tokens 6', '--requests', '20', '--concurrency', '1,4', '--out', out])

    expect([code, stderr]).toEqual([0, expect.stringContaining('Written:')])
    expect(stdout).toContain('simulated, 1 at once')
    expect(stdout).toContain('simulated, 4 at once')
    const summary = summaryIn(out)
    expect(summary.results.map(({ requests, failed, outputTokens, chunks, tokensFrom }) => [requests, failed, outputTokens, chunks, tokensFrom])).toEqual([[20, 0, 120, 120, 'server'], [20, 0, 120, 120, 'server']])
    expect(summary.results[0]?.metrics.find(({ metric }) => metric === 'ttftMs')?.percentiles.p50).toBeGreaterThan(19)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('simulated')
    expect(violations(summary, schema)).toEqual([])
  })

  it('prints the summary as JSON, as its schema says', async () => {
    const { code, stdout } = await bench('--base-url', await server({ script: { tokens: 3 } }), '--model', 'm', '--rate', '50', '--requests', '12', '--slo', 'ttft<10s,itl<1s', '--format', 'json')

    const summary = JSON.parse(stdout) as RunSummary
    expect([code, violations(summary, schema)]).toEqual([0, []])
    expect(summary.results[0]).toMatchObject({ requests: 12, goodput: { share: 1 }, load: '50 a second' })
    expect(summary.results[0]?.metrics.map(({ metric }) => metric)).toContain('scheduledTtftMs')
    expect(summary.results[0]?.metrics.find(({ metric }) => metric === 'ttftMs')?.missing).toMatchObject({ p90: 52, p99: 650 })
  })

  it('makes the same report again, byte for byte', async () => {
    const [out, again] = [join(temporaryFolder(), 'a'), join(temporaryFolder(), 'b')]
    await bench('--base-url', await server({ script: { reasoning: 'so it is', tokens: 3 } }), '--model', 'm', '--requests', '12', '--out', out)
    const { code, stdout } = await bench('report', join(out, 'requests.jsonl'), '--out', again)

    expect([code, stdout]).toEqual([0, expect.stringContaining('m, 8 at once')])
    for (const name of ['report.html', 'summary.json']) expect(readFileSync(join(again, name), 'utf8')).toBe(readFileSync(join(out, name), 'utf8'))
  })

  it('leaves a run that is there alone, whether another may begin or not', async () => {
    const out = join(temporaryFolder(), 'a')
    const url = await server({ script: { tokens: 2 } })
    await bench('--base-url', url, '--model', 'm', '--requests', '3', '--out', out)
    const before = readFileSync(join(out, 'requests.jsonl'), 'utf8')
    const refused = await bench('--base-url', url, '--model', 'm', '--out', out)
    const unreachable = await bench('--base-url', 'http://127.0.0.1:9/v1', '--model', 'm', '--out', out, '--force')

    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('has a run already')])
    expect([unreachable.code, readFileSync(join(out, 'requests.jsonl'), 'utf8')]).toEqual([1, before])
    expect((await bench('--base-url', url, '--model', 'm', '--requests', '4', '--out', out, '--force')).code).toBe(0)
    expect(summaryIn(out).results[0]?.requests).toBe(4)
  })

  it('asks no prompt twice: not of the warm-up, not under the next load, not at the next target', async () => {
    const simulator = await startSimulator({ script: { tokens: 1 } })
    onTestFinished(() => simulator.close())
    await bench('--base-url', simulator.url, '--model', 'a', '--model', 'b', '--concurrency', '1,2,3', '--requests', '10', '--input-tokens', '30')

    const prompts = simulator.record.requests.map(({ body }) => (body as { messages: { content: string }[] }).messages[0]?.content ?? '')
    expect(prompts).toHaveLength(2 * (3 + 3 * 10))
    expect(new Set(prompts).size).toBe(prompts.length)
    // Of exactly so many tokens: the server counts a word as one, as o200k_base does with these.
    expect(new Set(prompts.map((prompt) => prompt.split(' ').length))).toEqual(new Set([30]))
  })

  it('reads a run whose last line was cut off, and no other that is damaged', async () => {
    const [info, ...lines] = readFileSync(runFile([1, 2, 3]), 'utf8').trimEnd().split('\n')
    const write = (...written: (string | undefined)[]) => {
      const path = join(temporaryFolder(), 'requests.jsonl')
      writeFileSync(path, written.join('\n'))
      return path
    }
    const runs = await Promise.all([
      write(info, ...lines.slice(0, 2), lines[2]?.slice(0, 50)), write(info, lines[0]?.slice(0, 50), lines[1]), write(info, '{"type":"request","target":9,"load":0}', lines[0]),
      write('{"type":"run","schema":"riffle-bench/1"}', lines[0]), write(info, '{"type":"load","target":0,"load":0,"gaps":{}}', lines[0]), write(info),
    ].map((path) => bench('report', path)))

    expect(runs.map(({ code }) => code)).toEqual([0, 2, 2, 2, 2, 2])
    expect(runs[0]?.stderr).toContain('its last line is not whole and was passed over')
    for (const { stderr } of runs.slice(1)) expect(stderr).toMatch(/^riffle: [^\n]*(expected a line of riffle bench|has no requests)\.\n$/)
  })

  it('tells a page, an error and an empty answer from an answer', async () => {
    const page = await bench('--base-url', await server({ script: { fault: { type: 'content', contentType: 'text/html', body: '<h1>Bad Gateway</h1>' } } }), '--model', 'm')
    const failed = await bench('--base-url', await server({ script: { fault: { type: 'json-error', error: { message: 'overloaded' } } } }), '--model', 'm')
    const empty = await bench('--base-url', await server({ script: { text: '' } }), '--model', 'm', '--requests', '4')

    expect([page.code, page.stderr]).toEqual([1, expect.stringContaining('got text/html')])
    expect([failed.code, failed.stderr]).toEqual([1, expect.not.stringContaining('--no-stream')])
    expect([empty.code, empty.stdout]).toEqual([0, expect.stringContaining('4 of 4 answers ended well and had no text at all')])
  })

  it.runIf(existsSync('/proc/self/task'))('leaves no server of its own behind when it is killed before it begins', async () => {
    let simulator: string | undefined
    const { code } = await runRiffle(['bench', '--simulate=--fault silence', '--requests', '5'], {
      onStart: (child) => {
        const timer = setInterval(() => {
          simulator = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]
          if (!simulator || !existsSync(`/proc/${simulator}/cmdline`) || !readFileSync(`/proc/${simulator}/cmdline`, 'utf8').includes('simulate')) return
          clearInterval(timer)
          setTimeout(() => child.kill('SIGKILL'), 300)
        }, 50)
        onTestFinished(() => clearInterval(timer))
      },
    })

    expect(code).toBe(null)
    await expect.poll(() => existsSync(`/proc/${simulator}/cmdline`), { timeout: 10_000 }).toBe(false)
  })

  it('measures a pipeline stage by stage: they add up to the wait', async () => {
    const folder = temporaryFolder()
    const questions = join(folder, 'questions.txt')
    writeFileSync(questions, 'What does switchMap do?\nHow do I limit mergeMap?\n')
    const out = join(folder, 'report')
    const { code, stderr } = await bench(questions, '--data', 'examples/documents', '--no-cache', '--base-url', await server({ script: { tokens: 4, firstDelayMs: 5 } }), '--model', 'm', '--embedding-model', 'hashed', '--requests', '16', '--out', out)

    expect([code, stderr]).toEqual([0, ''])
    const rows = readFileSync(join(out, 'requests.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { type: string; times: Record<string, number> })
    const stages = ['embedMs', 'retrieveMs', 'promptMs', 'connectMs', 'ttfoMs']
    const requests = rows.filter(({ type }) => type === 'request')
    expect(requests).toHaveLength(16)
    for (const { times } of requests) {
      const sum = stages.reduce((all, stage) => all + (times[stage] ?? Number.NaN), 0)
      expect(Math.abs(sum - (times['waitMs'] ?? Number.NaN))).toBeLessThan(0.001)
    }
  })

  it('puts streaming beside not streaming, and models side by side', async () => {
    const out = join(temporaryFolder(), 'report')
    const url = await server({ script: { tokens: 5, firstDelayMs: 40, delayMs: 20 } })
    const { code, stdout } = await bench('--base-url', url, '--model', 'a', '--model', 'b', '--compare-streaming', '--requests', '12', '--concurrency', '2', '--out', out)

    expect([code, stdout]).toEqual([0, expect.stringContaining('Side by side')])
    const { results } = summaryIn(out)
    expect(results.map(({ target }) => target)).toEqual(['a, streaming', 'a, not streaming', 'b, streaming', 'b, not streaming'])
    const p50 = (place: number, name: string) => results[place]?.metrics.find(({ metric }) => metric === name)?.percentiles.p50 ?? Number.NaN
    // By the script: 40 ms to the first text, 120 to the last.
    expect(p50(0, 'waitMs')).toBeLessThan(p50(1, 'waitMs'))
    expect(p50(1, 'waitMs')).toBeGreaterThanOrEqual(119)
    expect(p50(1, 'streamMs')).toBeLessThan(p50(0, 'streamMs'))
  })

  it.each<[string, (url: string) => string[], SimulatorOptions | undefined, number, RegExp]>([
    ['nothing to measure', () => [], undefined, 2, /^riffle: What is to be measured\?/],
    ['an unreachable server', () => ['--base-url', 'http://127.0.0.1:9/v1', '--model', 'm'], undefined, 1, /^riffle: .*127\.0\.0\.1:9/],
    ['a wrong key', (url) => ['--base-url', url, '--model', 'm'], { requireKey: 'secret-key' }, 1, /^riffle: .*401/],
    ['a model that does not exist', (url) => ['--base-url', url, '--model', 'other'], { models: ['m'] }, 1, /^riffle: .*other/],
    ['a limit on an unknown metric', (url) => ['--base-url', url, '--model', 'm', '--slo', 'speed<3ms'], {}, 2, /^riffle: --slo does not know "speed"/],
    ['a limit that is none', (url) => ['--base-url', url, '--model', 'm', '--slo', 'ttft'], {}, 2, /^riffle: Expected --slo/],
    ['too large a rate of errors', (url) => ['--base-url', url, '--model', 'm', '--warm-up', '0', '--max-error-rate', '0.05'], { script: [{ tokens: 1 }, { fault: { type: 'status', status: 500 } }] }, 1, /^riffle: .*% of the requests failed, more than --max-error-rate 0\.05\.$/],
    ['a concurrency that is none', (url) => ['--base-url', url, '--model', 'm', '--concurrency', '1,x'], {}, 2, /^riffle: Expected --concurrency/],
    ['a run that is not there', () => ['report', 'nowhere'], undefined, 2, /^riffle: No run at nowhere/],
    ['a file that is no run', () => ['report', 'package.json'], undefined, 2, /^riffle: package\.json:1: expected a line of riffle bench/],
  ])('ends with one clear line: %s', async (_, args, options, expected, message) => {
    const { code, stdout, stderr } = await bench(...args(options === undefined ? '' : await server(options)))

    expect([code, stderr.trimEnd().split('\n')]).toEqual([expected, [expect.stringMatching(message)]])
    expect(stderr).not.toContain('secret')
    if (expected === 2) expect(stdout).toBe('')
  })

  it('refuses to time a server that does not stream', async () => {
    const answers = createServer((request, response) => {
      request.resume()
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ choices: [{ message: { content: 'Hello.' }, finish_reason: 'stop' }] }))
    })
    await new Promise<void>((resolve) => answers.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void answers.close())
    const url = `http://127.0.0.1:${(answers.address() as { port: number }).port}/v1`
    const [streamed, whole] = [await bench('--base-url', url, '--model', 'm'), await bench('--base-url', url, '--model', 'm', '--no-stream', '--requests', '3')]

    expect([streamed.code, streamed.stderr]).toEqual([1, expect.stringMatching(/^riffle: m was asked to stream and sent one whole answer instead\. Use --no-stream/)])
    expect(whole.code).toBe(0)
  })

  it('writes what it has when it is interrupted', async () => {
    const out = join(temporaryFolder(), 'report')
    const url = await server({ script: { tokens: 2 } })
    const { code } = await runRiffle(['bench', '--base-url', url, '--model', 'm', '--duration', '60', '--concurrency', '1', '--out', out], {
      onStart: (child) => {
        const timer = setInterval(() => {
          if (!existsSync(join(out, 'requests.jsonl')) || readFileSync(join(out, 'requests.jsonl'), 'utf8').split('\n').length < 20) return
          clearInterval(timer)
          child.kill('SIGINT')
        }, 20)
        onTestFinished(() => clearInterval(timer))
      },
    })

    expect(code).toBe(130)
    expect(summaryIn(out).results[0]?.succeeded).toBeGreaterThan(10)
  })
})

describe('riffle bench compare', () => {
  it('says what differs, by how much and how sure that is', async () => {
    const { code, stdout } = await bench('compare', runFile(spread(100)), runFile(spread(130)))

    expect(code).toBe(0)
    expect(stdout).toMatch(/ttft\.p50 .*\+30\.0 %.* to .*: slower/)
    expect(stdout).toMatch(/ttft\.p99 .*too few requests/)
  })

  it('finds nothing between a run and itself', async () => {
    const path = runFile(spread(100))
    const { stdout } = await bench('compare', path, path, '--fail-on', 'ttft.p50>+5%')

    expect(stdout).toContain('no difference shown')
    expect(stdout).not.toMatch(/slower|faster/)
  })

  it('fails on a limit that was passed, and only then', async () => {
    const [before, after] = [runFile(spread(100)), runFile(spread(130))]
    const runs = await Promise.all(['ttft.p90>+5%', 'ttft.p90>+50%', 'ttft.p99>5%', 'speed.p90>5%', 'ttft>5%'].map((limit) => bench('compare', before, after, '--fail-on', limit)))

    expect(runs.map(({ code }) => code)).toEqual([1, 0, 1, 2, 2])
    expect(runs[0]?.stderr).toMatch(/^riffle: --fail-on ttft\.p90>\+5% holds: \+/)
    expect(runs[2]?.stderr).toContain('too few requests to say')
  })

  it('is not taken in by a server that answers fewer', async () => {
    const [before, after] = [runFile(spread(100)), runFile(spread(90), runInfo(), 80)]
    const [told, failed] = [await bench('compare', before, after), await bench('compare', before, after, '--fail-on', 'ttft.p50>+50%')]

    expect([told.code, told.stdout, told.stderr]).toEqual([0, expect.stringMatching(/failed +0\/100 +80\/180/), expect.stringContaining('80 of 180 requests failed')])
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('80 of 180 requests failed, more than --max-error-rate')])
  })

  it.each<[string, Partial<RunInfo>, string]>([
    ['another prompt', { workload: { ...runInfo().workload, settings: { '--system': 'Be brief.' } } }, '--system (not set, Be brief.)'],
    ['no streaming', { targets: [{ name: 'm', kind: 'endpoint', model: 'm', streaming: false }] }, 'targets (endpoint | endpoint, not streaming)'],
  ])('refuses runs with %s', async (_, changes, message) => {
    const { code, stderr } = await bench('compare', runFile(spread(100)), runFile(spread(100), runInfo(changes)))
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it('refuses runs of different workloads unless it is told to', async () => {
    const { workload } = runInfo()
    const [a, b] = [runFile(spread(100)), runFile(spread(100), runInfo({ workload: { ...workload, inputTokens: 500 } }))]
    const [refused, forced] = [await bench('compare', a, b), await bench('compare', a, b, '--force')]

    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('input tokens (10, 500)')])
    expect([forced.code, forced.stderr]).toEqual([0, expect.stringContaining('Different workloads')])
  })
})
