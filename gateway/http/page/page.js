// The page: what is posted, the trend and the list know of each other here only.

import { onToken } from "./access.js";
import * as list from "./list.js";
import { clearError, onPosted } from "./posting.js";
import * as trend from "./trend.js";

onPosted((record) => {
  list.add(record);
  trend.add(record);
});
onToken(() => {
  clearError();
  list.reload();
  trend.reload();
});
trend.start();
await list.reload();
await trend.reload();
