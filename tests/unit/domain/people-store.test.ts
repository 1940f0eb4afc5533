import { createMemoryStore } from '../../support/memory-store.ts';
import { describePeopleChanges } from '../../support/people-contract.ts';

describePeopleChanges(async () => Promise.resolve(createMemoryStore('allow').people));
