// SPDX-License-Identifier: GPL-2.0-only
/** The computing thread of a dashboard that knows the kind beside it. */
import { experiments } from '../../../src/experiments/index.ts';
import { answerTasks } from '../../../src/web/answer-tasks.ts';
import { survey } from './survey.ts';

answerTasks([...experiments, survey]);
