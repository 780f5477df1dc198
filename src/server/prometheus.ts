export type Labels = Readonly<Record<string, string>>

interface Metric {
  text(): string
}

export interface Counter extends Metric {
  add(labels?: Labels, value?: number): void
}

export interface Histogram extends Metric {
  observe(value: number, labels?: Labels): void
}

/** Series of one metric that are kept: labels come from our own lists, this is for what nobody thought of. */
const maxSeries = 500

/** A number that is read when it is asked for. */
export function gauge(name: string, help: string, value: () => number, type: 'gauge' | 'counter' = 'gauge'): Metric {
  return { text: () => `${head(name, help, type)}${name} ${value()}\n` }
}

export function counter(name: string, help: string): Counter {
  const series = new Map<string, number>()
  return {
    add(labels = {}, value = 1) {
      const key = written(labels)
      if (series.has(key) || series.size < maxSeries) series.set(key, (series.get(key) ?? 0) + value)
    },
    text: () => head(name, help, 'counter') + Array.from(series, ([key, value]) => `${name}${braces(key)} ${value}\n`).join(''),
  }
}

export function histogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const series = new Map<string, { readonly counts: number[]; sum: number }>()
  return {
    observe(value, labels = {}) {
      const key = written(labels)
      const known = series.get(key) ?? { counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }
      if (!series.has(key) && series.size >= maxSeries) return
      series.set(key, known)
      const place = bounds.findIndex((bound) => value <= bound)
      known.counts[place === -1 ? bounds.length : place]!++
      known.sum += value
    },
    text: () => head(name, help, 'histogram') + Array.from(series, ([key, one]) => histogramLines(name, key, one, bounds)).join(''),
  }
}

function histogramLines(name: string, key: string, { counts, sum }: { readonly counts: readonly number[]; readonly sum: number }, bounds: readonly number[]): string {
  let total = 0
  const buckets = counts.map((count, index) => {
    total += count
    const bound = `le="${bounds[index] ?? '+Inf'}"`
    return `${name}_bucket{${key === '' ? bound : `${key},${bound}`}} ${total}\n`
  })
  return `${buckets.join('')}${name}_sum${braces(key)} ${sum}\n${name}_count${braces(key)} ${total}\n`
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

function braces(key: string): string {
  return key === '' ? '' : `{${key}}`
}

function written(labels: Labels): string {
  return Object.entries(labels).map(([name, value]) => `${name}="${/[\\"\n]/.test(value) ? escaped(value) : value}"`).join(',')
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`).replaceAll('\n', String.raw`\n`)
}
