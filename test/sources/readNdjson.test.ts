import * as fc from 'fast-check'
import { join } from 'node:path'
import { lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { InputError, InvalidOptionError } from '../../src/errors.ts'
import { fromNdjson } from '../../src/sources/fromNdjson.ts'
import { readNdjson, type ReadNdjsonOptions } from '../../src/sources/readNdjson.ts'
import { collect } from '../support/collect.ts'
import { memoryFile } from '../support/memoryFile.ts'
import { folderWith } from '../support/folderWith.ts'

function refuse(): never {
  throw new Error('expected a "question"')
}

async function read<T>(content: string | Uint8Array, options: ReadNdjsonOptions<T> = {}, blockBytes?: number): Promise<T[]> {
  return collect(readNdjson(memoryFile('rows.jsonl', content, blockBytes).read(), options))
}

describe('readNdjson', () => {
  it('gives the value of each line, with its number where it is asked for', async () => {
    expect(await read('{"a":1}\n\n[2]\r\n  \n"x"', { check: (value, line) => ({ value, line }) })).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: [2], line: 3 },
      { value: 'x', line: 5 },
    ])
  })

  it('gives the same for every cut of the bytes', async () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (values, blockBytes, mark) => {
          const text = (mark ? '\ufeff' : '') + values.map((item) => JSON.stringify(item)).join('\r\n')
          expect(await read(text, {}, blockBytes)).toEqual(values.map((item) => JSON.parse(JSON.stringify(item)) as unknown))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('reads UTF-16 with its mark, cut anywhere', async () => {
    const bytes = Buffer.from('\ufeff{"a":"ä€😀"}\n{"b":1}\n', 'utf16le')
    for (const blockBytes of [1, 2, 3, 5, 100]) expect(await read(bytes, {}, blockBytes)).toEqual([{ a: 'ä€😀' }, { b: 1 }])
    expect(await read(Buffer.from(bytes).swap16(), {}, 3)).toEqual([{ a: 'ä€😀' }, { b: 1 }])
  })

  it('gives what came before a bad line, then an error that names file and line and does not quote it', async () => {
    const path = join(folderWith({ 'rows.jsonl': '{"a":1}\n{"secret": sk-123}\n' }), 'rows.jsonl')
    const seen: unknown[] = []
    const attempt = (async () => {
      for await (const value of readNdjson(path)) seen.push(value)
    })()
    await expect(attempt).rejects.toThrow(InputError)
    await expect(attempt).rejects.toThrow(`${path}:2: expected one JSON value on the line`)
    await expect(attempt).rejects.not.toThrow(/sk-123/)
    expect(seen).toEqual([{ a: 1 }])
  })

  it('names the line of what its check throws, of bytes that are no UTF-8, and of a line that is too long', async () => {
    await expect(read('\n{}', { check: refuse, name: 'questions' })).rejects.toThrow('questions:2: expected a "question"')
    await expect(read(Buffer.from([0x31, 10, 0x22, 0xff, 0x22]))).rejects.toThrow('input:2: the line is not UTF-8')
    await expect(read(`1\n"${'x'.repeat(100)}"\n`, { maxLineBytes: 100 })).rejects.toThrow(
      'input:2: the line is longer than 100 bytes',
    )
    expect(await read(`"${'x'.repeat(98)}"\n`, { maxLineBytes: 100 })).toHaveLength(1)
  })

  it('fails for a missing file and for a folder, naming it', async () => {
    const folder = folderWith()
    await expect(collect(readNdjson(join(folder, 'none.jsonl')))).rejects.toThrow(/none\.jsonl: it does not exist$/)
    await expect(collect(readNdjson(folder))).rejects.toThrow(InputError)
  })

  it('reads the file anew for each iteration, and closes it when one stops early', async () => {
    const rows = readNdjson(join(folderWith({ 'a.jsonl': '1\n2\n' }), 'a.jsonl'))
    for (let round = 0; round < 2000; round += 1) for await (const value of rows) if (value === 1) break
    expect(await collect(rows)).toEqual([1, 2])
    const file = memoryFile('a.jsonl', '1\n2\n', 1)
    for await (const value of readNdjson(file.read())) if (value === 1) break
    expect(file.closed()).toBe(1)
  })

  it('refuses a bad limit at the call', () => {
    expect(() => readNdjson('x', { maxLineBytes: 0 })).toThrow(InvalidOptionError)
  })
})

describe('fromNdjson', () => {
  it('emits the values and completes, and ends with the error of a bad line', async () => {
    expect(await lastValueFrom(fromNdjson(memoryFile('a', '1\n2\n').read()).pipe(toArray()))).toEqual([1, 2])
    await expect(lastValueFrom(fromNdjson(memoryFile('a', '1\n{').read()))).rejects.toThrow('input:2')
  })

  it('closes the file when it is dropped', async () => {
    const file = memoryFile('a', '1\n2\n3\n', 2)
    expect(await lastValueFrom(fromNdjson(file.read()).pipe(take(1)))).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(file.closed()).toBe(1)
  })
})
