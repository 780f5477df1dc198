import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** What a benchmark prints: it is run as people run it, only with next to nothing to do. */
const printed = (name: string, ...args: readonly string[]) =>
  execFileSync(process.execPath, [fileURLToPath(new URL(`../../bench/${name}.ts`, import.meta.url)), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

describe('benchmarks without peers', () => {
  it('ingest: takes folders in, counts passages and requests, and judges memory', () => {
    const text = printed('ingest', '1', '3', '2', 'none')
    // Three files of 10 kB are nine passages in one request or a few.
    expect(text).toMatch(/riffle index, on disk'\s+│ .* │ 9 +│ [1-9] +│/)
    expect(text).toMatch(/0\.03\s+│ \d+ .*'yes'/)
  })

  it('firstText: asks each way of searching, warm', () => {
    const text = printed('firstText', '1', '20', 'none')
    expect(text).toContain('20 passages, 5 questions')
    for (const way of ['hybrid, index on disk', 'vectors alone, index on disk', 'vectors alone, in memory']) expect(text).toMatch(new RegExp(`riffle, ${way}'\\s+│ '\\d+\\.\\d' +│ '\\d+\\.\\d'`))
  })
})
