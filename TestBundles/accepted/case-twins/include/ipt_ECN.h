include/ipt_ECN.h
