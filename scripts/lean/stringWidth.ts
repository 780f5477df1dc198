// Stands for `string-width` in the bundle, which lays out --help: our help texts are plain ASCII, and the package's tables of
// emoji and its segmenter cost 20 ms of every start.
// oxlint-disable-next-line import/no-default-export
export default function stringWidth(text: string): number {
  return text.length
}
