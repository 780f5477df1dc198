/** Written in by the build. */
declare const RIFFLE_VERSION: string | undefined

export const version = typeof RIFFLE_VERSION === 'string' ? RIFFLE_VERSION : '0.0.0-source'
