export type { Configuration } from './generated/configuration.ts'
