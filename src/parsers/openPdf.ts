import { SkippedError } from '../errors.ts'
import type { Pace } from '../internal/createPace.ts'
import { checkPdfStreams } from './checkPdfStreams.ts'
import type { PdfItem } from './pdfLines.ts'

export interface OpenPdf {
  readonly pages: number
  /** From 1. */
  readPage(number: number): Promise<PdfItem[]>
  /** As the file itself says; empty when it does not. */
  readTitle(): Promise<string>
  close(): void
}

/** A page of a real book has some thousands of pieces. */
const MAX_ITEMS = 1_000_000

/** What reading may hold at once. A bomb of a few kilobytes unpacks to gigabytes, in steps between which it can be ended. */
const MAX_HELD_BYTES = 768 * 1024 * 1024
const WATCH_MS = 50

/** Nothing is fetched, no code from the file is run, no font is drawn, and a broken part does not end the rest. */
const OPTIONS = {
  isEvalSupported: false,
  useWorkerFetch: false,
  disableFontFace: true,
  useSystemFonts: false,
  disableAutoFetch: true,
  enableXfa: false,
  stopAtErrors: false,
  verbosity: 0,
}

/** @throws SkippedError `encrypted`, `damaged`, `too-slow`. */
export async function openPdf(bytes: Uint8Array, name: string, pace: Pace): Promise<OpenPdf> {
  const { getResolvedPDFJS } = await import('unpdf').catch((error: unknown) => {
    throw new SkippedError('unsupported', `${name} needs the package "unpdf", which is not installed`, { cause: error })
  })
  await checkPdfStreams(bytes, name, pace)
  const { getDocument } = await getResolvedPDFJS()
  // A copy: the reader takes the memory away.
  const task = getDocument({ ...OPTIONS, data: Uint8Array.from(bytes) })
  const watch = watchMemory(name)
  const guard = <T>(work: Promise<T>) => pace.limit(Promise.race([work, watch.exceeded]))
  // Not waited for: what the reader has begun it may have to finish.
  const close = () => {
    watch.end()
    task.destroy().catch(() => undefined)
  }
  try {
    const pdf = await guard(task.promise)
    return {
      pages: pdf.numPages,
      close,
      readPage: (number) => guard(readItems(number)),
      async readTitle() {
        const { info } = await guard(pdf.getMetadata())
        return 'Title' in info && typeof info.Title === 'string' ? info.Title : ''
      },
    }

    async function readItems(number: number): Promise<PdfItem[]> {
      const page = await pdf.getPage(number)
      const items: PdfItem[] = []
      for await (const part of page.streamTextContent()) {
        for (const item of part.items) if ('str' in item) items.push(item)
        pace.check()
        if (items.length > MAX_ITEMS) throw new SkippedError('too-large', `Page ${number} of ${name} is too large`)
      }
      page.cleanup()
      return items
    }
  } catch (error) {
    close()
    throw error instanceof SkippedError ? error : translate(error, name)
  }
}

/** Looks at the process's buffers, the reader's among them: it has no limit of its own. */
function watchMemory(name: string): { readonly exceeded: Promise<never>; end(): void } {
  let lowest = Infinity
  let timer: NodeJS.Timeout | undefined
  const exceeded = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const { arrayBuffers } = process.memoryUsage()
      lowest = Math.min(lowest, arrayBuffers)
      if (arrayBuffers - lowest < MAX_HELD_BYTES) return
      reject(new SkippedError('too-large', `Reading ${name} needs more than ${MAX_HELD_BYTES} bytes`))
    }, WATCH_MS)
  })
  exceeded.catch(() => undefined)
  return { exceeded, end: () => clearInterval(timer) }
}

function translate(error: unknown, name: string): SkippedError {
  return error instanceof Error && error.name === 'PasswordException'
    ? new SkippedError('encrypted', `${name} is protected by a password`, { cause: error })
    : new SkippedError('damaged', `${name} is damaged`, { cause: error })
}
