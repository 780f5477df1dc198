import { of, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { RagError } from '../../src/errors.ts'
import { metricNames } from '../../src/server/metricNames.ts'
import { finish, text } from '../support/chunks.ts'
import { get, handlerOf, post, words } from './asking.ts'

const metricsOf = async (served: ReturnType<typeof handlerOf>) => (await served.fetch(get('/metrics'))).text()

describe('GET /metrics', () => {
  it('counts runs by reason, requests by route and class, tokens by type, and times', async () => {
    const call = { model: 'm"\n', purpose: 'answer', inputTokens: 17, outputTokens: 5, from: 'server' as const }
    const guess = { ...call, from: 'estimated' as const }
    const served = handlerOf({ answer: ({ question }) => (question === 'fail' ? throwError(() => new RagError('quota', 'none')) : of(text('a'), { type: 'usage' as const, calls: [call, guess], inputTokens: 34, outputTokens: 10, from: 'estimated' as const }, finish())) })
    for (const question of ['a', 'b', 'fail']) await (await served.fetch(post('/v1/answers', { question }))).text()
    await served.fetch(get('/made/up/by/client'))
    const page = await metricsOf(served)
    expect(page).toContain('riffle_runs_total{reason="stop"} 2\n')
    expect(page).toContain('riffle_runs_total{reason="error"} 1\n')
    expect(page).toContain('riffle_http_requests_total{method="POST",route="/v1/answers",status="2xx"} 3\n')
    expect(page).toContain('riffle_http_requests_total{method="GET",route="none",status="4xx"} 1\n')
    expect(page).toContain(String.raw`gen_ai_client_token_usage_sum{gen_ai_operation_name="chat",gen_ai_request_model="m\"\n",gen_ai_token_type="input"} 34`)
    expect(page).toContain('gen_ai_client_operation_time_to_first_chunk_seconds_count{gen_ai_operation_name="invoke_workflow"} 2\n')
    expect(page).toContain('gen_ai_client_operation_duration_seconds_count{gen_ai_operation_name="invoke_workflow",error_type="quota"} 1\n')
    expect(page).not.toContain('made/up')
  })

  it('tells what is under way', async () => {
    const served = handlerOf({ maxRuns: 1, graceMs: 0, answer: (_, { stop }) => words(10_000, 1, stop) })
    const [first] = await Promise.all([served.fetch(get('/v1/answers?question=a')), served.fetch(get('/v1/answers?question=b'))])
    const page = await metricsOf(served)
    for (const line of ['riffle_runs_running 1', 'riffle_runs_queued 1', 'riffle_viewers 2', 'riffle_viewers_cut_total 0']) expect(page).toContain(`${line}\n`)
    await first.body?.cancel()
    expect(await metricsOf(served)).toContain('riffle_viewers 1\n')
    await served.close()
  })

  it('is in the text format of Prometheus, every line', async () => {
    const served = handlerOf()
    await (await served.fetch(get('/v1/answers?question=a'))).text()
    const response = await served.fetch(get('/metrics'))
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const page = await response.text()
    for (const line of page.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [\d.e+-]+)$/)
    }
    for (const name of Object.values(metricNames).filter((known) => !known.includes('budget'))) expect(page).toContain(`# TYPE ${name} `)
    // A histogram's buckets never fall, and the last is its count.
    const buckets = [...page.matchAll(/_duration_seconds_bucket\{.*\} (\d+)/g)].map(([, count]) => Number(count))
    expect(buckets.length).toBeGreaterThan(10)
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b))
    expect(buckets.at(-1)).toBe(1)
  })
})

describe('GET /readyz', () => {
  it('is 503 before the documents are there, and while the server closes', async () => {
    let ready = false
    const served = handlerOf({ ready: () => ready })
    const status = async (path: string) => (await served.fetch(get(path))).status
    expect(await status('/readyz')).toBe(503)
    ready = true
    expect(await status('/readyz')).toBe(200)
    await served.close()
    expect([await status('/readyz'), await status('/healthz')]).toEqual([503, 200])
  })
})
