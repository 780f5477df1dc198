import type { SkippedError } from '../errors.ts'

/** A file that can be read: listed, not yet opened. */
export interface SourceFile {
  /** Name of the root folder and the path below it, with `/`: `docs/guide/start.md`. */
  readonly id: string
  /** Where the operating system finds it. */
  readonly path: string
  readonly uri: string
  /** Absolute path of the folder or file that was asked for. */
  readonly root: string
  readonly size: number
  /** Changes when size or modification time change. */
  readonly stamp: string
  /** True when it was modified so lately that a further change may leave size and time as they are: its stamp proves nothing. */
  readonly young?: boolean
  /** True when it is known to have changed, whatever the stamp says. */
  readonly changed?: boolean
  /** Set when it is a file too large, or a file or folder that cannot be opened: nothing can be read, and this says why. */
  readonly unlisted?: SkippedError
  /** Bytes as they are read; ending the iteration early closes the file. */
  read(): AsyncIterable<Uint8Array>
}

/** Files pulled one by one, sorted; iterating again lists them again. */
export interface FileListing extends AsyncIterable<SourceFile> {
  /** Absolute paths of the folders and files that were asked for. */
  readonly roots?: readonly string[]
  /** Of a listing of a part: ids of the files and folders that it is of. Nothing is known of others; absent: it is of everything. */
  readonly within?: readonly string[]
}
