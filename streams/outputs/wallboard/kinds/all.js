// The kinds of tiles there are: what each reads out of the rows.

import { agents } from "./agents.js";
import { aging } from "./aging.js";
import { blockage } from "./blockage.js";
import { number } from "./number.js";
import { service_level } from "./service_level.js";
import { sla_due } from "./sla_due.js";
import { waiting } from "./waiting.js";

export const KINDS = { agents, aging, blockage, number, service_level, sla_due, waiting };
