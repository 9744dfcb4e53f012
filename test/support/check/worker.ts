// SPDX-License-Identifier: GPL-2.0-only
/** The computing thread of a dashboard that knows the kind beside it. */
import { experiments } from '../../../src/experiments/index.ts';
import { answerTasks } from '../../../src/web/answer-tasks.ts';
import { check } from './check.ts';

answerTasks([...experiments, check]);
