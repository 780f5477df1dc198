import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const script = fileURLToPath(new URL('../../scripts/killIndex.ts', import.meta.url))

describe('riffle index, killed a dozen times between changes', () => {
  it('leaves a whole index each time, ends as one made in one go, and embeds no committed text again', async () => {
    // Fails when the script exits with 1: what it printed says what was found.
    const { stdout } = await promisify(execFile)(process.execPath, [script, '12', '100', '3']).catch((failure: Error & { stdout: string }) => {
      throw new Error(`${failure.message}\n${failure.stdout}`)
    })
    expect(stdout).toContain('no committed text was embedded again')
  }, 120_000)
})
