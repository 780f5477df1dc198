import type { Parser } from '../../src/types/ports.ts'
import type { SourceFile } from '../../src/types/source.ts'
import { memoryFile } from './memoryFile.ts'

/** A file whose lines are documents, `id: text` each, as `lineParser` reads it. */
export function lineFile(name: string, documents: Readonly<Record<string, string>>, stamp?: string): SourceFile {
  const file = memoryFile(name, Object.entries(documents).map(([id, text]) => `${id}: ${text}`).join('\n'))
  return { ...file, stamp: stamp ?? JSON.stringify(documents) }
}

/** Reads such a file a document at a time, and notes the ids of the files and documents that it was asked for. */
export function lineParser(asked: string[] = []): Parser {
  return async function* parseLines(file) {
    asked.push(file.id)
    let content = ''
    for await (const bytes of file.read()) content += Buffer.from(bytes).toString()
    for (const line of content.split('\n').filter((line) => line !== '')) {
      const [id = '', text = ''] = line.split(': ')
      asked.push(`${file.id}#${id}`)
      yield { id: `${file.id}#${id}`, text }
    }
  }
}
