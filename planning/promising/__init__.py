"""What can be promised, and when: available to promise by bucket, and a date with its cause for every demand.

atp.py computes discrete and cumulative ATP inside netting; promises.py follows lateness through the pegging.
"""
