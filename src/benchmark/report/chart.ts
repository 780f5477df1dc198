/** How one line is told from the others: a custom property of the style that holds its color, and a dash pattern. */
export interface LineLook {
  readonly color: string
  /** Lengths of line and space in turn, pixels; empty: an unbroken line. */
  readonly dash: readonly number[]
}

export interface ChartLine {
  readonly name: string
  /** Beside the name, quieter. */
  readonly note: string
  readonly look: LineLook
  /** One for each place of `x`; `null`: nothing is drawn there. */
  readonly values: readonly (number | null)[]
}

/** What is drawn, before it is markup. The page's script gets the numbers of it, its markup has all texts. */
export interface Chart {
  readonly id: string
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  /** For those who do not see the picture. */
  readonly description: string
  /** Base of the x axis; 0: linear. */
  readonly log: 0 | 2 | 10
  readonly x: readonly number[]
  readonly xRange: readonly [number, number]
  /** Where the x axis may have labels, as far as there is room; absent: at round numbers. */
  readonly ticks?: readonly number[]
  /** End of the y axis; absent: a little above the highest value. */
  readonly top?: number
  /** `steps`: a value holds up to the next place of `x`. `dots`: a line with a dot at each value. */
  readonly shape: 'line' | 'steps' | 'dots'
  /** After a value of x, and of y, where one is shown. */
  readonly xUnit: string
  readonly yUnit: string
  readonly lines: readonly ChartLine[]
}

export interface ChartGroup {
  readonly heading: string
  readonly intro: string
  readonly charts: readonly Chart[]
}
