import { type Stats, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { InputError } from '../../errors.ts'
import { isAddress } from '../openIndex.ts'
import type { BatchOptions } from './options.ts'

/** Finds paths of which one would be written over another: whatever they are called, through links or `./`. */
export function checkPaths({ questions, out, files, data = [], index }: BatchOptions): void {
  const failures = `${out}.failed.jsonl`
  if (questions !== '-') {
    if (isSame(out, questions)) throw new InputError(`--out ${out} is the file of the questions. Give the answers a file of their own.`)
    if (isSame(failures, questions)) throw new InputError(`${questions} is where the failures of --out ${out} go. To ask them again: the questions as before, and --retry-failed.`)
    if (isSame(`${out}.run.json`, questions)) throw new InputError(`${questions} is where the settings of --out ${out} are noted. Give another --out.`)
  }
  for (const path of data) if (isSame(out, path)) throw new InputError(`--out ${out} is what --data reads. Give the answers a file of their own.`)
  if (index !== undefined && !isAddress(index) && isSame(out, index)) throw new InputError(`--out ${out} is the index. Give the answers a file of their own.`)
  if (files === undefined) return
  for (const path of [out, failures]) if (isSame(path, files)) throw new InputError(`Expected --files to be a folder, ${files} is the file ${path === out ? 'of --out' : 'for failures'}.`)
  for (const [name, path] of Object.entries({ '--out': out, 'the file of the questions': questions })) {
    // Names of answers end so, and any of them may come.
    if (extname(path) === '.md' && isSame(dirname(path), files)) throw new InputError(`An answer in --files ${files} could be written over ${path}, ${name}. Choose another folder.`)
  }
}

function isSame(path: string, other: string): boolean {
  const [one, two] = [path, other].map(found)
  if (one !== undefined && two !== undefined) return one.ino === two.ino && one.dev === two.dev
  return realPath(path) === realPath(other)
}

function found(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Also of a file that is not there yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const whole = resolve(path)
    return dirname(whole) === whole ? whole : join(realPath(dirname(whole)), basename(whole))
  }
}
