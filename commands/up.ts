import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'up', summary: 'not built yet' });
