import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../../shared/data', import.meta.url))

/** The folder of real test data beside the checkout, when it is there. */
export const sharedData: string | undefined = existsSync(folder) ? folder : undefined

if (sharedData === undefined && process.env['CI'] === 'true') throw new Error('CI runs the tests on real data: ../shared/data is missing')
