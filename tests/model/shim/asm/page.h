/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SHIM_PAGE_H
#define MODEL_SHIM_PAGE_H

#define PAGE_SIZE 4096UL

#endif
