import { lstatSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replaceFile } from '../../src/internal/replaceFile.ts'
import { temporaryFolder } from '../support/temporaryFolder.ts'

describe('replaceFile', () => {
  it('gives the name to the new text, and leaves nothing beside it', async () => {
    const folder = temporaryFolder()
    for (const text of ['first', 'second']) await replaceFile(join(folder, 'a'), (file) => file.writeFile(text))

    expect([readdirSync(folder), readFileSync(join(folder, 'a'), 'utf8')]).toEqual([['a'], 'second'])
  })

  it('writes what a link points to, with the mode that it had', async () => {
    const folder = temporaryFolder()
    const [path, link] = [join(folder, 'a'), join(folder, 'link')]
    writeFileSync(path, 'old', { mode: 0o600 })
    symlinkSync(path, link)
    await replaceFile(link, (file) => file.writeFile('new'))

    expect([readFileSync(path, 'utf8'), lstatSync(link).isSymbolicLink(), statSync(path).mode & 0o777]).toEqual(['new', true, 0o600])
  })

  it('keeps the old file when writing fails, and says so', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a'), 'old')
    const failed = replaceFile(join(folder, 'a'), async (file) => {
      await file.writeFile('half')
      throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    })

    await expect(failed).rejects.toThrow(/^Cannot write .*a: the disk is full$/)
    expect([readdirSync(folder), readFileSync(join(folder, 'a'), 'utf8')]).toEqual([['a'], 'old'])
    mkdirSync(join(folder, 'b'))
    await expect(replaceFile(join(folder, 'b'), async () => undefined)).rejects.toThrow('Cannot write')
  })
})
