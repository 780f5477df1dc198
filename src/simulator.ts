export { startSimulator, type Simulator, type SimulatorOptions } from './simulator/startSimulator.ts'
export type { Fault, Script, ScriptedAnswer, ScriptedRequest, ScriptedToolCall } from './simulator/script.ts'
export type { RequestRecord, SimulatorRecord, SocketRecord } from './simulator/record.ts'
