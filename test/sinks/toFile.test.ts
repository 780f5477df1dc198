import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { Subject, concat, defer, from, lastValueFrom, of, throwError } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { InputError, RagError, SinkError } from '../../src/errors.ts'
import { type FileSummary, toFile } from '../../src/sinks/toFile.ts'
import type { Chunk } from '../../src/types/chunk.ts'
import { finish, markAt, reset, text, usage } from '../support/chunks.ts'
import { settledTurns } from '../support/settledTurns.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'

const newPath = () => join(temporaryFolder(), 'answer.md')
const read = (path: string) => readFileSync(path, 'utf8')
const readStatus = (path: string) => JSON.parse(read(`${path}.part.json`)) as unknown
const namesBeside = (path: string) => readdirSync(join(path, '..')).toSorted()
const written = (path: string, ...chunks: Chunk[]) => lastValueFrom(from(chunks).pipe(toFile(path)))

describe('toFile', () => {
  it('grows visibly as a part, and takes its name at the end', async () => {
    const path = newPath()
    const answer = new Subject<Chunk>()
    const summary = lastValueFrom(answer.pipe(toFile(path)))

    expect(read(`${path}.part`)).toBe('')
    answer.next(markAt('sent', 1))
    answer.next(text('Hello '))
    expect(read(`${path}.part`)).toBe('Hello ')
    answer.next(text('wörld'))
    expect(read(`${path}.part`)).toBe('Hello wörld')
    expect(existsSync(path)).toBe(false)
    for (const chunk of [usage(), finish()]) answer.next(chunk)
    answer.complete()

    expect(await summary).toEqual({ path, complete: true, bytes: 12, finishReason: 'stop' })
    expect(read(path)).toBe('Hello wörld')
    expect(namesBeside(path)).toEqual(['answer.md'])
  })

  it('keeps an older file until the new one is whole', async () => {
    const path = newPath()
    writeFileSync(path, 'older')
    const answer = new Subject<Chunk>()
    const summary = lastValueFrom(answer.pipe(toFile(path)))
    answer.next(text('newer'))
    answer.next(finish())
    expect(read(path)).toBe('older')

    answer.complete()
    await summary

    expect(read(path)).toBe('newer')
  })

  it.each(['stop', 'length', 'content-filter', 'tool-calls', 'other'] as const)('takes an end by `%s` as whole', async (reason) => {
    const path = newPath()

    expect(await written(path, text('a'), finish(reason))).toEqual({ path, complete: true, bytes: 1, finishReason: reason })
    expect(namesBeside(path)).toEqual(['answer.md'])
  })

  it.each(['stopped', 'partial'] as const)('keeps a %s answer as a part, and says so', async (reason) => {
    const path = newPath()
    writeFileSync(path, 'older')

    expect(await written(path, text('half'), finish(reason))).toEqual({ path: `${path}.part`, complete: false, bytes: 4, finishReason: reason })
    expect([read(path), read(`${path}.part`), readStatus(path)]).toEqual(['older', 'half', { status: reason, bytes: 4 }])
  })

  it('keeps a failed answer as a part, with the error', async () => {
    const path = newPath()
    const broken = new RagError('broken', 'it broke')
    const failed = lastValueFrom(concat(of(text('half')), throwError(() => broken)).pipe(toFile(path)))

    await expect(failed).rejects.toEqual(new SinkError(broken, { path: `${path}.part`, complete: false, bytes: 4 }))
    expect(existsSync(path)).toBe(false)
    expect([read(`${path}.part`), readStatus(path)]).toEqual(['half', { status: 'failed', error: { code: 'broken', message: 'it broke' }, bytes: 4 }])
  })

  it('keeps an answer that fails after its finish as a part', async () => {
    const path = newPath()
    const failed = lastValueFrom(concat(of<Chunk[]>(text('a'), finish()), throwError(() => new RagError('broken', 'late'))).pipe(toFile(path)))

    await expect(failed).rejects.toMatchObject({ summary: { complete: false } })
    expect(existsSync(path)).toBe(false)
  })

  it('keeps a dropped answer as a part', async () => {
    const path = newPath()
    const answer = new Subject<Chunk>()
    const subscription = answer.pipe(toFile(path)).subscribe()
    answer.next(text('half'))

    subscription.unsubscribe()
    await settledTurns()

    expect([read(`${path}.part`), readStatus(path)]).toEqual(['half', { status: 'dropped', bytes: 4 }])
    expect(existsSync(path)).toBe(false)
  })

  it('never takes an answer without an end for a whole one', async () => {
    const path = newPath()

    expect(await written(path, text('half'))).toEqual({ path: `${path}.part`, complete: false, bytes: 4 })
    expect(readStatus(path)).toEqual({ status: 'dropped', bytes: 4 })
  })

  it('begins anew where an earlier one was left', async () => {
    const path = newPath()
    await written(path, text('a long earlier answer'), finish('stopped'))

    await written(path, text('short'), finish())

    expect(read(path)).toBe('short')
    expect(namesBeside(path)).toEqual(['answer.md'])
  })

  it('empties the file when the answer starts again', async () => {
    const path = newPath()
    const answer = new Subject<Chunk>()
    const summary = lastValueFrom(answer.pipe(toFile(path)))
    answer.next(text('void and long \ud83d'))
    answer.next(reset)
    expect(read(`${path}.part`)).toBe('')
    answer.next(text('ab'))
    answer.next(finish())
    answer.complete()

    expect(await summary).toMatchObject({ bytes: 2 })
    expect(read(path)).toBe('ab')
  })

  it('writes an empty answer as an empty file', async () => {
    const path = newPath()

    expect(await written(path, finish())).toMatchObject({ complete: true, bytes: 0 })
    expect(read(path)).toBe('')
  })

  it('writes the text byte for byte, however its characters are cut', async () => {
    const path = newPath()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (whole) => {
        const { bytes } = await written(path, ...whole.split('').map(text), finish())
        expect([read(path), bytes]).toEqual([whole, Buffer.byteLength(whole)])
      }),
      { numRuns: 50 },
    )
  })

  it('opens nothing before it is subscribed to', () => {
    const path = newPath()
    of(finish()).pipe(toFile(path))

    expect(namesBeside(path)).toEqual([])
  })

  it('fails at once when the folder is missing, or is a file', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')

    await expect(written(join(folder, 'missing', 'a.md'), finish())).rejects.toEqual(new InputError(`Cannot write ${join(folder, 'missing', 'a.md')}.part: it does not exist`))
    await expect(written(join(folder, 'file', 'a.md'), finish())).rejects.toBeInstanceOf(InputError)
  })

  it.skipIf(process.getuid?.() === 0)('fails at once when the folder cannot be written', async () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o500)

    await expect(written(join(folder, 'a.md'), finish())).rejects.toBeInstanceOf(InputError)
    chmodSync(folder, 0o700)
  })

  it('keeps the part when the file cannot take its name', async () => {
    const path = newPath()
    const folderInTheWay = defer(() => {
      mkdirSync(path)
      return of(text('whole'), finish())
    })

    const failed = lastValueFrom(folderInTheWay.pipe(toFile(path)))

    await expect(failed).rejects.toMatchObject({ code: 'input', message: `Cannot write ${path}: it is a folder`, summary: { path: `${path}.part`, complete: false, bytes: 5 } })
    expect([read(`${path}.part`), readStatus(path)]).toEqual(['whole', { status: 'failed', error: { code: 'input', message: `Cannot write ${path}: it is a folder` }, bytes: 5 }])
  })

  it('refuses what is no plain file before it touches anything', async () => {
    const path = newPath()
    mkdirSync(path)

    await expect(written(path, text('x'), finish())).rejects.toMatchObject({ code: 'input', message: `Cannot write ${path}: it is no plain file` })
    await expect(written('/dev/null', text('x'), finish())).rejects.toMatchObject({ code: 'input' })
    await expect(written('', text('x'), finish())).rejects.toMatchObject({ code: 'input' })
    expect(existsSync(`${path}.part`)).toBe(false)
  })

  it('writes through a link, and keeps the mode of the file', async () => {
    const path = newPath()
    writeFileSync(path, 'old', { mode: 0o600 })
    symlinkSync(path, `${path}.link`)

    await written(`${path}.link`, text('new'), finish())

    expect([read(path), lstatSync(`${path}.link`).isSymbolicLink(), statSync(path).mode & 0o777]).toEqual(['new', true, 0o600])
  })

  it('is an operator from chunks to a summary', () => {
    expectTypeOf(of<Chunk>().pipe(toFile('x'))).toEqualTypeOf(of<FileSummary>())
  })

  it('never mixes two answers that are written to one file: the first one fails, the second is whole', async () => {
    const path = join(temporaryFolder(), 'answer.md')
    const [first, second] = [new Subject<Chunk>(), new Subject<Chunk>()]
    const firstEnd = lastValueFrom(first.pipe(toFile(path)))
    first.next(text('aaaa'))
    const secondEnd = lastValueFrom(second.pipe(toFile(path)))
    second.next(text('BBBB'))
    first.next(text('aaaa'))
    first.next(finish())
    first.complete()
    second.next(finish())
    second.complete()

    await expect(firstEnd).rejects.toThrow('another answer is being written to it')
    expect(await secondEnd).toMatchObject({ complete: true, bytes: 4 })
    expect(readFileSync(path, 'utf8')).toBe('BBBB')
  })
})
