import type { IngestCounts } from '../pipelines/ingestCounts.ts'
import type { FileListing } from '../types/source.ts'
import { note, onTerminal } from './print.ts'

/** Redraws at most this often. */
const redrawMs = 100

export interface Progress {
  update(counts: IngestCounts): void
  /** Prints a line above the progress. */
  above(line: string): void
  /** Clears the line. */
  end(): void
  /** One line of what was done; nothing when nothing was. */
  summary(counts: IngestCounts): void
}

/**
 * One line on a terminal that is drawn over: files, MB, passages, rate, time left. Elsewhere nothing until the summary.
 *
 * @param files Counted beside the work for the time left; absent: nothing is shown.
 */
export function createProgress(files: FileListing | undefined): Progress {
  const live = files !== undefined && onTerminal()
  const started = performance.now()
  let drawnAt = started
  let drawn = false
  let ended = false
  let total: number | undefined

  const clear = () => {
    if (drawn) process.stderr.write('\r\x1b[K')
    drawn = false
  }
  const countAll = async (listing: FileListing) => {
    let found = 0
    for await (const file of listing) {
      if (ended) return
      if (file.unlisted === undefined) found++
    }
    total = found
  }
  let counting = false

  return {
    update(counts) {
      if (!live || performance.now() - drawnAt < redrawMs) return
      if (!counting) countAll(files).catch(() => undefined)
      counting = true
      drawnAt = performance.now()
      const seconds = (drawnAt - started) / 1000
      const left = total === undefined || counts.files === 0 ? undefined : (seconds / counts.files) * (total - counts.files)
      clear()
      const line =
        `Indexing  ${total === undefined ? count(counts.files, 'file') : `${count(counts.files)}/${count(total, 'file')}`}  ${megabytes(counts.bytes)}  ` +
        `${count(counts.passages, 'passage')}  ${megabytes(counts.bytes / seconds)}/s${left === undefined ? '' : `  ${duration(left)} left`}`
      // One that is broken into two lines, by itself or by the `^C` behind it, could not be erased.
      process.stderr.write(line.slice(0, (process.stderr.columns || 80) - 3))
      drawn = true
    },
    above(line) {
      clear()
      note(line)
    },
    end() {
      ended = true
      clear()
    },
    summary(counts) {
      const { documents, passages, bytes, removed, files: seen, unchanged } = counts
      if (documents === 0 && removed === 0) return
      const gone = removed === 0 ? '' : `, ${count(removed)} removed`
      const same = unchanged === 0 ? '' : `, ${count(unchanged)} of ${count(seen)} files unchanged`
      note(
        `Indexed ${count(documents, 'document')} (${megabytes(bytes)}, ${count(passages, 'passage')}) ` +
          `in ${duration((performance.now() - started) / 1000)}${same}${gone}`,
      )
    },
  }
}

/** `1 passage`, `1,400 passages`; without a noun the number alone. */
export function count(value: number, noun = ''): string {
  // `toLocaleString` loads its tables first, which takes longer than all else that is printed.
  const number = String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
  return noun === '' ? number : `${number} ${noun}${value === 1 ? '' : 's'}`
}

function megabytes(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
