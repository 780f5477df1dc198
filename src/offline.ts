export { extractive } from './models/extractive.ts'
export { type HashedOptions, hashed } from './models/hashed.ts'
export { proximity } from './models/proximity.ts'
