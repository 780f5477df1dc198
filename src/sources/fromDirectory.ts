import { statSync } from 'node:fs'
import { defer, type Observable } from 'rxjs'
import { InputError } from '../errors.ts'
import type { Document } from '../types/document.ts'
import { fromFiles, type FromFilesOptions } from './fromFiles.ts'

/**
 * The documents in a folder and all folders below it.
 *
 * - Order: by path, bytewise.
 * - Memory: one file.
 * - Drop: unsubscribing ends listing and reading; the open file is closed when the step under way is done.
 * - Errors: `InputError` when the folder is missing, or is a file. What cannot be read is told to `onSkipped` and passed over.
 *
 * @throws InvalidOptionError at the call.
 *
 * @example
 * fromDirectory('docs', { include: '*.md', onSkipped: ({ message }) => console.warn(message) })
 */
export function fromDirectory(path: string, options: FromFilesOptions = {}): Observable<Document> {
  const documents = fromFiles(path, options)
  return defer(() => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile())
      throw new InputError(`Expected a folder, got the file ${path}: fromFiles reads files`)
    return documents
  })
}
