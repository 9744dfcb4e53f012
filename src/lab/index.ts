/** What the command line calls. */
export { collectGarbage } from '../system/gc.ts';
export { type DiagnoseOutcome, type DiagnoseRequest, diagnoseLab } from './diagnose.ts';
export { planLab } from './plan.ts';
export { renderPlan } from './render-plan.ts';
export { type RunOutcome, type RunRequest, runLab } from './run.ts';
export { openShell, type ShellRequest } from './shell.ts';
export { type ExplainedPath, type ExplainRequest, explainTrace } from './trace-explain.ts';
export { type TraceOutcome, type TraceRequest, traceLab } from './trace-lab.ts';
