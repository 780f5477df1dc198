import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { timeMetrics, metricLabels, stageMetrics, type TimeMetric } from '../../src/benchmark/metrics.ts'
import { browserScript } from '../../src/benchmark/report/browserScript.ts'
import { html, jsonForPage } from '../../src/benchmark/report/html.ts'
import { shortDate, shortNumber, wholeNumber } from '../../src/benchmark/report/numbers.ts'
import { loadPlotting } from '../../src/benchmark/report/plotting.ts'
import { reportHtml } from '../../src/benchmark/report/reportHtml.ts'
import { scaleOf } from '../../src/benchmark/report/scale.ts'
import type { LoadInfo, RunInfo } from '../../src/benchmark/run.ts'
import type { LoadSummary, MetricSummary, RunSummary } from '../../src/benchmark/summary.ts'
import type { Distribution } from '../../src/types/distribution.ts'

const plotting = { script: '/* uPlot */', style: '.uplot{}' }
const hostile = '</script><img src=x onerror=alert(1)>'

function distribution(n: number, middle: number): Distribution {
  const missing = n < 64 ? { p90: 64 - n, p95: 130 - n, p99: 662 - n } : { p99: 662 - n }
  const percentiles = n < 64 ? { p50: middle } : { p50: middle, p90: middle * 1.5, p95: middle * 1.7 }
  return { n, mean: middle * 1.1, min: middle / 2, max: middle * 2, percentiles, missing }
}

function metric(name: TimeMetric, n: number, middle: number): MetricSummary {
  const curve = Array.from({ length: 201 }, (_, place) => middle / 2 + (place / 200) * middle * 1.5)
  return { metric: name, ...distribution(n, middle), ...(name === 'waitMs' || name === 'ttftMs' ? { curve } : {}) }
}

function result(target: string, load: string, n = 100, more: Partial<LoadSummary> = {}): LoadSummary {
  return {
    target, load, requests: n, succeeded: n, failed: 0, errors: [], seconds: 12.34, requestsPerSecond: n / 12.34, outputTokensPerSecond: 412.3,
    inputTokens: 51_200, outputTokens: 12_800, tokensFrom: 'server', chunks: 12_100, empty: 0,
    stalls: 1,
    metrics: timeMetrics.map((name, place) => metric(name, n, 100 + place)),
    gaps: distribution(n * 100, 11), itl: distribution(n * 100, 10),
    gapCells: [{ fromMs: 0, toMs: 0.125, share: 0.1 }, { fromMs: 0.125, toMs: 0.25, share: 0 }, { fromMs: 0.25, toMs: 0.5, share: 0.9 }],
    stages: [...stageMetrics, 'streamMs' as const].map((name) => ({ metric: name, meanMs: 10 })),
    self: { loopDelayMs: { p50: 0.06, p99: 1.31, max: 12.4 }, achievedRate: 8.1 },
    ...more,
  }
}

const levels: readonly LoadInfo[] = [1, 8].map((concurrency) => ({ name: `${concurrency} at once`, kind: 'closed', concurrency }))

function summaryOf(results: readonly LoadSummary[], run: Partial<RunInfo> = {}): RunSummary {
  const names = Array.from(new Set(results.map(({ target }) => target)))
  return {
    schema: 'riffle-bench/1',
    run: {
      type: 'run', schema: 'riffle-bench/1', startedAt: '2026-01-31T14:05:09.120Z', riffle: '0.1.0',
      machine: { cpu: 'A processor', cores: 16, memoryMiB: 64_312, node: 'v24.1.0', system: 'Linux 6.8.0 x64' },
      targets: names.map((name) => ({ name, kind: 'endpoint', model: 'small', baseUrl: 'http://127.0.0.1:8080/v1', streaming: true })),
      loads: levels, slo: [],
      workload: { prompts: 'synthetic', promptHash: 'abcdef0123456789', requests: 100, warmUp: 2, seed: 1, settings: {} },
      ...run,
    },
    results,
    notes: ['Only 12 requests were made.'],
  }
}

const usual = summaryOf(['local', 'remote'].flatMap((target) => levels.map((load) => result(target, load.name))))
const page = (summary: RunSummary) => reportHtml(summary, plotting)
const withoutScripts = (markup: string) => markup.replace(/<(script|style)[\s\S]*?<\/\1>/g, '')
/** What a reader sees, without markup. */
const textOf = (markup: string) => withoutScripts(markup).replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
const chartsOf = (markup: string) => JSON.parse(/<script type="application\/json" id="charts">([^<]*)</.exec(markup)?.[1] ?? '') as
  { id: string; x: number[]; lines: { values: (number | null)[] }[] }[]

describe('a report', () => {
  it('is the same for the same summary', () => {
    expect(page(structuredClone(usual))).toBe(page(usual))
  })

  it('says what was run, and the notes before the figures', () => {
    const text = textOf(page(usual))
    expect(text).toContain('2026-01-31 14:05 UTC')
    expect(text).toContain('100 requests for each target and load, synthetic prompts, 2 requests to warm up, seed 1, prompts abcdef012345')
    expect(text).toContain('A processor, 16 cores, 62.8 GiB, Linux 6.8.0 x64, Node 24.1.0')
    expect(text.indexOf('Only 12 requests were made.')).toBeLessThan(text.indexOf('Summary'))
  })

  it('loads nothing', async () => {
    const markup = reportHtml(usual, await loadPlotting())
    expect(Array.from(markup.matchAll(/\b(?:src|href)="([^"]*)"/g), ([, target = '']) => target).filter((target) => !target.startsWith('#'))).toEqual([])
    expect(markup).not.toMatch(/@import|url\(|\bimport\(|\bfetch\(|XMLHttpRequest/)
    expect(markup).toContain("default-src 'none'")
  })

  it('links to places that are there', () => {
    const markup = page(usual)
    const places = Array.from(markup.matchAll(/href="#([^"]*)"/g), ([, place = '']) => place)
    expect(places).toHaveLength(4)
    for (const place of places) expect(markup).toContain(` id="${place}"`)
  })

  it('reads no text from outside as markup', () => {
    const failed = { errors: [{ code: hostile, count: 2, first: hostile }], failed: 2, self: { ...result('', '').self, clientLimited: hostile } }
    const summary = summaryOf([result(hostile, hostile, 100, failed), result(hostile, '8 at once')], { riffle: hostile, startedAt: `"${hostile}` })
    const markup = page({ ...summary, notes: [hostile] })
    expect(markup).not.toContain('<img')
    expect(markup.match(/<\/script/g)).toHaveLength(3)
    expect(markup).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;')
    expect(withoutScripts(markup)).not.toMatch(/="[^"]*"[^\s>/]/)
  })

  it('shows every metric of every result with its label', () => {
    const text = textOf(page(usual))
    for (const name of timeMetrics) {
      expect(text.split(` ${name} `).length - 1, name).toBeGreaterThanOrEqual(4)
      expect(text).toContain(metricLabels[name])
    }
  })

  it('shows how many samples a percentile needs instead of a figure', () => {
    const text = textOf(page(summaryOf([result('local', '1 at once', 12)])))
    expect(text).toContain('– needs 52 more')
    expect(text).toContain('– needs 650 more')
  })

  it('shows a dash for what was not measured', () => {
    expect(textOf(page(summaryOf([result('local', '1 at once', 12, { metrics: [] })])))).toContain('1 at once 12 0 0 – – – 0 – – – –')
  })

  it('marks a result that the client limited wherever its figures are', () => {
    const self = { ...result('', '').self, clientLimited: 'This machine was the limit' }
    const text = textOf(page(summaryOf([result('local', '1 at once', 100, { self }), result('remote', '1 at once')])))
    expect(text.split('Client limited. This machine was the limit. These figures').length - 1).toBe(3)
    expect(text).toContain('n = 100, client limited')
    expect(textOf(page(usual))).not.toMatch(/client limited/i)
  })

  it('shows goodput only when it was asked for', () => {
    expect(textOf(page(usual))).not.toContain('tokens requests goodput')
    const asked = summaryOf([result('local', '1 at once', 100, { goodput: { perSecond: 7.77, share: 0.96 } })], { slo: [{ metric: 'waitMs', belowMs: 500 }] })
    expect(textOf(page(asked))).toContain('tokens requests goodput')
    expect(textOf(page(asked))).toContain('7.77 96.0 %')
    expect(page(asked)).toContain('requests with waitMs &lt; 500 ms')
  })

  it('shows errors by class with the first of them', () => {
    const errors = [{ code: 'timeout', count: 21, first: 'Expected text, got none' }]
    expect(textOf(page(summaryOf([result('local', '1 at once', 100, { failed: 21, errors })])))).toMatch(/timeout 21 Expected text, got none/)
    expect(textOf(page(usual))).toContain('No request failed.')
  })

  it('names every chart, and says in words what it shows', () => {
    const markup = page(usual)
    const figures = Array.from(markup.matchAll(/<figure>[\s\S]*?<\/figure>/g), ([figure]) => figure)
    expect(figures).toHaveLength(chartsOf(markup).length)
    for (const figure of figures) expect(figure).toMatch(/<figcaption><strong>[^<]+[\s\S]*role="img" aria-label="[^"]*(?:p50|\d %)/)
    expect(markup.match(/<table/g)).toHaveLength(markup.match(/<caption/g)?.length ?? 0)
  })

  it('draws the bars of stages as wide as their shares', () => {
    const stages = [{ metric: 'ttfoMs' as const, meanMs: 25 }, { metric: 'streamMs' as const, meanMs: 75 }]
    const markup = page(summaryOf([result('local', '1 at once', 12, { stages })]))
    expect(markup).toContain('style="width:25.00%" title="ttfo 25.0 ms"')
    expect(markup).toContain('style="width:75.00%" title="stream 75.0 ms"')
  })

  it('is whole when nothing succeeded', () => {
    const none = { n: 0, mean: 0, min: 0, max: 0, percentiles: {}, missing: { p50: 11 } }
    const markup = page(summaryOf([result('local', '1 at once', 5, { succeeded: 0, failed: 5, metrics: [], gaps: none, itl: none, gapCells: [], stages: [] })]))
    expect(chartsOf(markup)).toEqual([])
    expect(withoutScripts(markup)).not.toMatch(/NaN|Infinity|undefined/)
    expect(page(summaryOf([]))).toContain('</html>')
  })
})

describe('the charts', () => {
  const charts = chartsOf(page(usual))
  const chart = (id: string) => charts.find((candidate) => candidate.id === id)

  it('are distributions, curves, latency against load and gaps', () => {
    expect(charts.map(({ id }) => id)).toEqual([
      'steps-waitMs-0', 'steps-ttftMs-0', 'curve-waitMs-0', 'curve-ttftMs-0', 'load-concurrency-waitMs', 'load-concurrency-ttftMs', 'gaps-0',
    ])
  })

  it('have a value or nothing for every place of x, ascending', () => {
    for (const { x, lines } of charts) {
      expect(x.every((value, place) => place === 0 || value > (x[place - 1] ?? 0))).toBe(true)
      for (const { values } of lines) expect(values).toHaveLength(x.length)
    }
  })

  it('share out the whole sample', () => {
    for (const id of ['steps-waitMs-0', 'steps-ttftMs-0', 'gaps-0']) {
      for (const { values } of chart(id)?.lines ?? []) expect(values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBeCloseTo(100, 0)
    }
  })

  it('rise from 0 to 100 %', () => {
    const values = chart('curve-waitMs-0')?.lines[0]?.values.filter((value) => value !== null) ?? []
    expect([values[0], values.at(-1)]).toEqual([0, 100])
    expect(values.toSorted((one, other) => one - other)).toEqual(values)
  })

  it('have no latency against one load', () => {
    const one = summaryOf([result('local', '1 at once')], { loads: levels.slice(0, 1) })
    expect(chartsOf(page(one)).some(({ id }) => id.startsWith('load'))).toBe(false)
  })

  it('leave out a percentile that is not supported', () => {
    const few = summaryOf([result('local', '1 at once', 12), result('local', '8 at once', 100)])
    const lines = chartsOf(page(few)).find(({ id }) => id === 'load-concurrency-waitMs')?.lines
    expect(lines?.map(({ values }) => values)).toEqual([[100, 100], [null, 150]])
  })

  it('are one for each target when their lines would be too many', () => {
    const many = summaryOf(['a', 'b', 'c', 'd'].flatMap((target) => levels.map((load) => result(target, load.name))))
    expect(chartsOf(page(many)).filter(({ id }) => id.startsWith('curve-waitMs')).map(({ lines }) => lines.length)).toEqual([2, 2, 2, 2])
  })

  it('have a logarithmic axis when the times span much', () => {
    expect(scaleOf([100, 300]).log).toBe(0)
    expect(scaleOf([1, 300])).toMatchObject({ log: 10, ticks: [1, 2, 5, 10, 20, 50, 100, 200] })
    expect(scaleOf([5]).high).toBeGreaterThan(scaleOf([5]).low)
    expect(scaleOf([])).toMatchObject({ log: 0 })
  })
})

describe('parts of the page', () => {
  it('escape values of a template, but not templates in it', () => {
    expect(html`<b title="${'"'}">${['<', html`<i>${1}</i>`, undefined]}</b>`.markup).toBe('<b title="&quot;">&lt;<i>1</i></b>')
    expect(jsonForPage({ name: hostile }).markup).not.toContain('<')
    expect(JSON.parse(jsonForPage({ name: hostile }).markup)).toEqual({ name: hostile })
  })

  it('write numbers with three significant digits', () => {
    expect([0, 0.0001, 0.06, 1.234, 12.34, 123.4, 999.7, 1234, 12_345].map(shortNumber)).toEqual(
      ['0', '<0.001', '0.0600', '1.23', '12.3', '123', '1000', '1230', '12\u202F300'])
    expect([1234, 1_234_567].map(wholeNumber)).toEqual(['1234', '1\u202F234\u202F567'])
    expect(shortDate('yesterday')).toBe('yesterday')
  })

  it('have a script that is small and can be read', () => {
    expect(browserScript.length).toBeLessThan(6000)
    // Read, not run.
    expect(() => new Script(browserScript)).not.toThrow()
  })

  it('keep the licence of uPlot', async () => {
    const { script, style } = await loadPlotting()
    expect(script).toContain('Copyright (c) 2022 Leon Sorokin')
    expect(script).toContain('var uPlot=')
    expect(style).toContain('.uplot')
  })
})
