/** What a field is compared with. A number equals numbers only, a text texts only. */
export type FilterValue = string | number | boolean | null

/**
 * Which documents to search.
 *
 * A field is a name in the document's metadata, with dots for nested ones (`author.name`); or `documentId`, `title`,
 * `uri`, which are the document's own. A list matches when one of its elements does; of nested lists the same.
 * A range has both ends in it: numbers compare as numbers, texts by their code units, so ISO dates by time.
 */
export type Filter =
  | { readonly field: string; readonly equals: FilterValue }
  | { readonly field: string; readonly in: readonly FilterValue[] }
  | { readonly field: string; readonly from?: number | string; readonly to?: number | string }
  | { readonly field: string; readonly prefix: string }
  | { readonly field: string; readonly exists: boolean }
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
