import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

export interface Plotting {
  /** Text of a script that defines `uPlot`, headed by its licence. */
  readonly script: string
  readonly style: string
}

/** Reads uPlot out of the installed package, so that a report needs no network. Its licence asks to be kept with each copy: it heads the script. */
export async function loadPlotting(): Promise<Plotting> {
  const { resolve } = createRequire(import.meta.url)
  const read = (file: string) => readFile(resolve(`uplot/${file}`), 'utf8')
  const [licence, script, style] = await Promise.all([read('LICENSE'), read('dist/uPlot.iife.min.js'), read('dist/uPlot.min.css')])
  return { script: `/*!\nuPlot, https://github.com/leeoniya/uPlot\n\n${licence.trim()}\n*/\n${script}`, style }
}
