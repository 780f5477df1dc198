import type { ChildProcess } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

/** Runs `--watch`; each step waits for a line on standard error, and then does something. */
async function watching(args: readonly string[], steps: readonly (readonly [line: RegExp, then: (child: ChildProcess) => void])[]) {
  let step = 0
  let from = 0
  return runRiffle(['index', '--watch', ...args], {
    onOutput: (child, { stderr }) => {
      const next = steps[step]
      const found = next?.[0].exec(stderr.slice(from))
      if (next === undefined || !found) return
      step++
      from = stderr.length
      next[1](child)
    },
  })
}

function makeFolder() {
  const folder = temporaryFolder()
  const docs = join(folder, 'docs')
  mkdirSync(docs)
  writeFileSync(join(docs, 'a.txt'), 'apple')
  return { docs, index: join(docs, 'docs.sqlite') }
}

describe('riffle index --watch', () => {
  it('takes in what changes, says what it passes over once, and ends with 0', async () => {
    const { docs, index } = makeFolder()

    const { code, stderr } = await watching(['--data', docs, '--index', index], [
      [/Watching/, () => writeFileSync(join(docs, 'b.txt'), 'banana')],
      [/Indexed 1 document \(1 passage\), 0 removed/, () => writeFileSync(join(docs, 'c.txt'), Buffer.from([0, 1, 2, 0, 255, 254, 0]))],
      [/skipped: .*c\.txt/, () => rmSync(join(docs, 'a.txt'))],
      [/Indexed 0 documents \(0 passages\), 1 removed/, (child) => setTimeout(() => child.kill('SIGINT'), 300)],
    ])

    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Watching; Ctrl-C ends it.') })
    expect(stderr.match(/skipped:/g)).toHaveLength(1)
    expect((await runRiffle(['search', 'banana', '--index', index])).stdout).toContain('b.txt')
    expect((await runRiffle(['search', 'apple', '--index', index])).stdout).not.toContain('a.txt')
    expect(await runRiffle(['index', '--check', '--index', index])).toEqual({ code: 0, stdout: `${index}: whole (2 files, 1 document, 1 passage, 0 embeddings)\n`, stderr: '' })
  })

  it('starts with an empty folder, and says once that the folder has gone', async () => {
    const { docs, index } = makeFolder()
    rmSync(join(docs, 'a.txt'))
    const elsewhere = `${index}.elsewhere`.replace('/docs/', '/')

    const { code, stderr } = await watching(['--data', docs, '--index', elsewhere], [
      [/Watching/, () => rmSync(docs, { recursive: true })],
      [/skipped: Cannot read .*docs: it does not exist\. What was taken from it stays until it is back/, () => {
        mkdirSync(docs)
        writeFileSync(join(docs, 'd.txt'), 'date')
      }],
      [/Indexed 1 document/, (child) => child.kill('SIGTERM')],
    ])

    expect([0, 130]).toContain(code)
    expect(stderr.match(/skipped:/g)).toHaveLength(1)
    expect((await runRiffle(['search', 'date', '--index', elsewhere])).stdout).toContain('d.txt')
  })

  it('ends with one line when the index itself is removed, and nothing is written where it would be lost', async () => {
    const { docs, index } = makeFolder()

    const { code, stderr } = await watching(['--data', docs, '--index', index], [
      [/Watching/, () => {
        rmSync(index)
        appendFileSync(join(docs, 'a.txt'), ' and more')
      }],
    ])

    expect(code).toBe(2)
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`riffle: The index ${index} was removed or replaced while it was open: what is written now would be lost. Run it again.`)
  })
})

describe('riffle index --check', () => {
  it('says what is wrong and how to build it again, with exit code 1', async () => {
    const { docs, index } = makeFolder()
    await runRiffle(['index', '--data', docs, '--index', index])
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(index)
    database.exec('DELETE FROM documents')
    database.close()

    expect(await runRiffle(['index', '--check', '--index', index])).toEqual({
      code: 1,
      stdout: `${index}: 1 passage belongs to no document\nBuild it again, with the options it was made with: rm ${index} && riffle index --data ${docs} --index ${index}\n`,
      stderr: '',
    })
  })

  it.each([
    [['--check'], /Name the index alone: --check --index FILE\./],
    [['--check', '--index', 'none.sqlite'], /No index at none\.sqlite\. Make it:/],
    [['--check', '--watch', '--index', 'none.sqlite'], /Say either --check or --watch\./],
  ])('refuses %j', async (args, line) => {
    expect(await runRiffle(['index', ...args])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(line) })
  })
})
