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
  /** Bytes as they are read; ending the iteration early closes the file. */
  read(): AsyncIterable<Uint8Array>
}
